import { ApolloClient, HttpLink, InMemoryCache, from, gql } from "apollo-client-3/core/index.js";
import { BatchHttpLink } from "apollo-client-3/link/batch-http/index.js";
import { createPersistedQueryLink } from "apollo-client-3/link/persisted-queries/index.js";
import { RetryLink } from "apollo-client-3/link/retry/index.js";
import { sha256 } from "crypto-hash";

const uri = "http://127.0.0.1:8000/graphql";
const query = gql`query Three($first: Int) { companies(first: $first) { nodes { npi name phone } } }`;
const links = {
  plain: new HttpLink({ uri }),
  get: new HttpLink({ uri, useGETForQueries: true }),
  persisted: from([createPersistedQueryLink({ sha256, useGETForHashedQueries: true }), new HttpLink({ uri })]),
  batch: new BatchHttpLink({ uri }),
  retry: from([new RetryLink(), new HttpLink({ uri })]),
};
const answers = {};
for (const [name, link] of Object.entries(links)) {
  const client = new ApolloClient({ link, cache: new InMemoryCache(), name: "web", version: "1.0" });
  const { data, errors } = await client.query({ query, variables: { first: 3 }, errorPolicy: "all" });
  answers[name] = { phone: data.companies.nodes[0].phone, name: data.companies.nodes[0].name, errors: errors.length };
}
console.log(JSON.stringify(answers));
