// The example tabs. Their variables are filled with numbers and places of the directory that is served.

// What the examples need to know of the directory.
const SOUGHT = `query ForExamples {
  several: companies(first: 3, filter: {isActive: true, npiStatus: [ACTIVE], hasLocation: {isPrimary: false}}) {
    nodes { npi primaryTaxonomy { code } primaryLocation { address { state } } }
  }
  gone: companies(first: 1, filter: {npiStatus: [DEACTIVATED]}) { nodes { npi } }
  places: locations(first: 50) { nodes { address { postalCode } position { latitude } } }
}`;

// What stands in where the directory has nothing, or doesn't tell: well-formed numbers that nobody has.
const UNKNOWN = { npis: ["1234567893"], state: "TX", taxonomy: "332B", gone: "1234567893", postalCode: "77002" };

const COMPANY = `# One company and where it practises.
# Ctrl-Enter runs it, Ctrl-Space completes.
query CompanyWithLocations($npi: NPI!) {
  company(npi: $npi) {
    npi
    name
    npiStatus
    names { kind name }
    primaryTaxonomy { code }
    locations(first: 5) {
      totalCount { value }
      nodes {
        kind
        address { formatted }
        timeZone
      }
    }
  }
}
`;

const PAGE = `# A page of companies under a filter.
# For the next one, put its endCursor into "after".
query FilteredPage($filter: CompanyFilter!, $after: String) {
  companies(first: 10, after: $after, filter: $filter, orderBy: [{field: NAME}]) {
    totalCount { value precision }
    nodes {
      npi
      name
      primaryLocation { address { city state } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const LIST = `# Is a list still good? Up to 1,000 numbers;
# a bad one gets a verdict, not an error.
query VerifyList($npis: [String!]!) {
  verifyNpis(npis: $npis) {
    input
    result
    name
    deactivatedOn
    replacementNpi
    didYouMean { npi name }
  }
}
`;

const NEAR = `# Locations round a ZIP, nearest first.
query NearZip($near: NearInput!) {
  locations(first: 10, near: $near) {
    totalCount { value precision }
    edges {
      distance(unit: MILE)
      node {
        company { npi name }
        address { formatted }
      }
    }
  }
}
`;

const EDIT = `# Run asks which of the two: change the
# company, or see what became of it.
mutation EditCompany(
  $npi: NPI!
  $website: String
  $ifVersion: Int
  $validateOnly: Boolean! = false
) {
  updateCompany(
    input: {
      npi: $npi
      # null empties it.
      website: $website
      # The version that you have seen:
      # nothing is done if it is older
      # than the company's. null: any.
      ifVersion: $ifVersion
    }
    # true only shows what would come.
    validateOnly: $validateOnly
  ) {
    company { name website version }
    userErrors { code message field }
  }
}

# Who changed what, the newest first.
query CompanyHistory($npi: NPI!) {
  company(npi: $npi) {
    name
    website
    version
    history(first: 5) {
      nodes {
        kind
        occurredAt
        author { subject }
        fields { name old new }
      }
    }
  }
}
`;

const FOLLOW = `# What has changed, the oldest first.
# To keep a copy: note dataset.cursor,
# read all companies, and follow from
# there, each endCursor in "after".
# "filter": null follows all of them.
query FollowChanges(
  $after: String
  $filter: ChangeFilter
) {
  dataset { cursor }
  changes(
    first: 25
    after: $after
    filter: $filter
  ) {
    nodes {
      cursor
      kind
      npi
      locationId
      occurredAt
      fields { name old new }
      company { name version }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const LISTEN = `# Each change as soon as it is made; first
# those after the cursor in "after", if
# any. The stop button ends it. To see one
# come, run EditCompany in a second window.
subscription ListenToChanges(
  $after: String
  $filter: ChangeFilter
) {
  changes(after: $after, filter: $filter) {
    cursor
    kind
    npi
    occurredAt
    fields { name old new }
    company { name version }
  }
}
`;

// Who may run an example, by the name of its first operation, where that isn't everyone.
const ROLES = { EditCompany: "EDITOR", FollowChanges: "PARTNER", ListenToChanges: "PARTNER" };

/** Return the role that an example needs, by a tab's text; undefined where it needs none. */
export function roleOf(query) {
  return ROLES[/^(?:query|mutation|subscription) (\w+)/m.exec(query ?? "")?.[1]];
}

/** Return the example tabs; `ask` runs an operation. A directory that can't be asked gives stand-ins. */
export async function exampleTabs(ask) {
  const known = await ask({ query: SOUGHT }).then(({ data }) => summary(data)).catch(() => UNKNOWN);
  const filter = { state: [known.state], taxonomyPrefix: [known.taxonomy], isActive: true };
  const npis = [...known.npis, known.gone, "1234567890", "12345"];
  return [
    tab(COMPANY, { npi: known.npis[0] }),
    tab(PAGE, { filter, after: null }),
    tab(LIST, { npis: [...new Set(npis)] }),
    tab(NEAR, { near: { postalCode: known.postalCode, radius: 25, unit: "MILE" } }),
    tab(EDIT, { npi: known.npis[0], website: "https://www.example.com", ifVersion: null, validateOnly: false }),
    tab(FOLLOW, { after: null, filter: { npis: [known.npis[0]] } }),
    tab(LISTEN, { after: "0", filter: { npis: [known.npis[0]] } }),
  ];
}

function tab(query, variables) {
  return { query, variables: JSON.stringify(variables, null, 2) };
}

function summary({ several, gone, places }) {
  const [first] = several.nodes;
  const placed = places.nodes.find((each) => each.position && each.address.postalCode);
  return {
    npis: first ? several.nodes.map((each) => each.npi) : UNKNOWN.npis,
    state: first?.primaryLocation?.address.state ?? UNKNOWN.state,
    taxonomy: first?.primaryTaxonomy?.code.slice(0, 4) ?? UNKNOWN.taxonomy,
    gone: gone.nodes[0]?.npi ?? UNKNOWN.gone,
    postalCode: placed?.address.postalCode ?? UNKNOWN.postalCode,
  };
}
