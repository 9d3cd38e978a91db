import { client } from "./urql.js";

// Two pages of a list of its own, with or without a forbidden field: how many companies each answer has.
async function pages(state, signedIn) {
  const list = `query UrqlPartial($after: String, $filter: CompanyFilter, $signedIn: Boolean!) {
    companies(first: 2, after: $after, filter: $filter) {
      nodes { npi name phone @include(if: $signedIn) } pageInfo { endCursor hasNextPage }
    }
  }`;
  const counts = [];
  let after;
  while (counts.length < 2) {
    const { data } = await client.query(list, { filter: { state: [state] }, signedIn, after });
    counts.push(data?.companies.nodes.length ?? null);
    after = data?.companies.pageInfo.endCursor;
  }
  return counts;
}

console.log(JSON.stringify({ asked: await pages("TX", true), left: await pages("CA", false) }));
