import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { sha256 } from "crypto-hash";

const uri = "http://127.0.0.1:8000/graphql";
const query = gql`query Get($first: Int) { companies(first: $first) { nodes { npi } } }`;
const links = [
  new HttpLink({ uri, useGETForQueries: true }),
  ApolloLink.from([new PersistedQueryLink({ sha256, useGETForHashedQueries: true }), new HttpLink({ uri })]),
];
const answers = [];
for (const link of links) {
  // As Apollo Studio's users set it: the names go as headers.
  const client = new ApolloClient({ link, cache: new InMemoryCache(), clientAwareness: { name: "web", version: "1.0" } });
  answers.push((await client.query({ query, variables: { first: 1 } })).data);
}
console.log(JSON.stringify(answers));
