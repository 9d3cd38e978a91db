import { createOperationDescriptor, fetchQuery, getPaginationMetadata, getPaginationVariables, getRequest, getSelector } from "relay-runtime";
import { environment, session } from "./environment.js";
import call from "./src/__generated__/callQuery.graphql.js";
import query from "./src/__generated__/companiesQuery.graphql.js";
import list from "./src/__generated__/companies_list.graphql.js";

const operation = createOperationDescriptor(getRequest(query), { count: 2 });
environment.retain(operation);
const read = () => {
  const root = environment.lookup(operation.fragment).data;
  return environment.lookup(getSelector(list, root)).data.companies;
};
await fetchQuery(environment, query, { count: 2 }).toPromise();
const first = read();

// What usePaginationFragment does to load the next page.
const { paginationRequest, paginationMetadata } = getPaginationMetadata(list, "companies");
const { endCursor } = first.pageInfo;
const variables = getPaginationVariables("forward", 2, endCursor, { count: 2 }, {}, paginationMetadata);
await fetchQuery(environment, paginationRequest, variables).toPromise();
const both = read();
const npi = "2030586814";
const refused = await fetchQuery(environment, call, { npi }).toPromise();
session.token = process.env.TOKEN;
const called = await fetchQuery(environment, call, { npi }).toPromise();
console.log(JSON.stringify({
  refused: refused.company,
  called: called.company.phone,
  names: both.edges.map(({ node }) => node.name),
  hasNext: both.pageInfo.hasNextPage,
  phones: both.edges.map(({ node }) => node.phone),
}));
