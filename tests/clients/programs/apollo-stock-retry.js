const from4 = process.env.VERSION === "4";
const core = await import(from4 ? "@apollo/client" : "apollo-client-3/core/index.js");
const { RetryLink } = await import(from4 ? "@apollo/client/link/retry" : "apollo-client-3/link/retry/index.js");

const link = core.ApolloLink.from([new RetryLink(), new core.HttpLink({ uri: "http://127.0.0.1:8000/graphql" })]);
const client = new core.ApolloClient({ link, cache: new core.InMemoryCache() });
const { data } = await client.query({ query: core.gql`{ dataset { companies { value } } }` });
console.log(JSON.stringify(data.dataset.companies.value));
