// Numbers and places of the directory that is served, for operations that work on it whatever it holds.

const SOUGHT = `query ForExamples {
  several: companies(first: 3, filter: {isActive: true, npiStatus: [ACTIVE], hasLocation: {isPrimary: false}}) {
    nodes { npi primaryTaxonomy { code } primaryLocation { id address { state } } }
  }
  gone: companies(first: 1, filter: {npiStatus: [DEACTIVATED]}) { nodes { npi } }
  places: locations(first: 50) { nodes { address { postalCode } position { latitude } } }
}`;

// What stands in where the directory has nothing, or doesn't tell: well-formed numbers that nobody has.
const UNKNOWN = {
  npis: ["1234567893"],
  location: "location:00000000-0000-4000-8000-000000000000",
  state: "TX",
  taxonomy: "332B",
  gone: "1234567893",
  postalCode: "77002",
};

let known;

/** Return what is known of the directory, asked for once: `npis` of companies that are active with further locations,
 * the `location`, `state` and `taxonomy` of the first of them, one whose number is `gone`, and the `postalCode` of a
 * place. `ask` runs an operation. */
export function describeDirectory(ask) {
  known ??= ask({ query: SOUGHT }).then(({ data }) => summary(data)).catch(() => UNKNOWN);
  return known;
}

function summary({ several, gone, places }) {
  const [first] = several.nodes;
  const placed = places.nodes.find((each) => each.position && each.address.postalCode);
  return {
    npis: first ? several.nodes.map((each) => each.npi) : UNKNOWN.npis,
    location: first?.primaryLocation?.id ?? UNKNOWN.location,
    state: first?.primaryLocation?.address.state ?? UNKNOWN.state,
    taxonomy: first?.primaryTaxonomy?.code.slice(0, 4) ?? UNKNOWN.taxonomy,
    gone: gone.nodes[0]?.npi ?? UNKNOWN.gone,
    postalCode: placed?.address.postalCode ?? UNKNOWN.postalCode,
  };
}
