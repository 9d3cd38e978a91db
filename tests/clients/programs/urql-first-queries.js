import { client } from "./urql-first.js";

const query = "query Page($filter: CompanyFilter) { companies(first: 3, filter: $filter) { nodes { npi name phone } } }";
const short = await client.query(query, {});
// Too long for a URL: urql sends it with POST.
const long = await client.query(query, { filter: { npi: Array(100).fill("2030586814") } });
console.log(JSON.stringify([short, long].map(({ data, error }) => ({ data, error: error?.message }))));
