import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { CompanyDocument } from "./src/gql/graphql.js";
import { client as urql } from "./urql-trusted.js";

const apollo = new ApolloClient({
  link: ApolloLink.from([
    new PersistedQueryLink({ generateHash: (document) => document.__meta__.hash }),
    new HttpLink({ uri: "http://127.0.0.1:8000/graphql" }),
  ]),
  cache: new InMemoryCache(),
  defaultOptions: { query: { errorPolicy: "all" } },
});
const variables = { npi: "2030586814" };
const { data, error } = await urql.query(CompanyDocument, variables);
const answer = await apollo.query({ query: CompanyDocument, variables });
console.log(JSON.stringify([data ?? error.message, answer.data ?? answer.error.message].map((each) => each.company?.name ?? each)));
