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
