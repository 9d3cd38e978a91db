// The example tabs. Their variables are filled with numbers and places of the directory that is served.
import { describeDirectory } from "./directory.js";

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

/** Return the example tabs; `ask` runs an operation. */
export async function exampleTabs(ask) {
  const known = await describeDirectory(ask);
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
