import { client, session } from "./urql.js";

const list = `query UrqlList($after: String) {
  companies(first: 2, after: $after) { edges { node { npi name } } pageInfo { endCursor hasNextPage } }
}`;
const first = await client.query(list, {});
const both = await client.query(list, { after: first.data.companies.pageInfo.endCursor });
// Known from the list: nothing is sent.
const { npi } = first.data.companies.edges[0].node;
const known = await client.query("query UrqlOne($npi: NPI!) { company(npi: $npi) { npi name } }", { npi });
session.token = process.env.TOKEN;
const guarded = await client.query("query UrqlCall($npi: NPI!) { company(npi: $npi) { npi phone } }", { npi });
console.log(JSON.stringify({
  names: both.data.companies.edges.map(({ node }) => node.name),
  known: known.data.company.name,
  phone: guarded.data.company.phone,
}));
