import { gql } from "@apollo/client";
import { client, session } from "./apollo.js";

const list = gql`query ApolloList($after: String) {
  companies(first: 2, after: $after) { edges { node { npi name } } pageInfo { endCursor hasNextPage } }
}`;
const watched = client.watchQuery({ query: list });
await new Promise((resolve) => watched.subscribe(({ data, loading }) => data && !loading && resolve()));
const { endCursor } = watched.getCurrentResult().data.companies.pageInfo;
await watched.fetchMore({ variables: { after: endCursor } });
const { edges } = client.readQuery({ query: list }).companies;
// Known from the list: nothing is sent.
const { npi } = edges[0].node;
const one = gql`query ApolloOne($npi: NPI!) { company(npi: $npi) { npi name } }`;
const known = await client.query({ query: one, variables: { npi } });
const call = gql`query ApolloCall($npi: NPI!) { company(npi: $npi) { npi name phone } }`;
const refused = await client.query({ query: call, variables: { npi }, fetchPolicy: "network-only" });
session.token = process.env.TOKEN;
const guarded = await client.query({ query: call, variables: { npi }, fetchPolicy: "network-only" });
console.log(JSON.stringify({
  names: edges.map(({ node }) => node.name),
  known: known.data.company.name,
  refused: refused.data.company.phone,
  message: refused.error.message,
  phone: guarded.data.company.phone,
}));
