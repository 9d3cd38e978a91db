import { GraphQLClient, request } from "graphql-request";
import { client, session } from "./graphql-request.js";

const url = "http://127.0.0.1:8000/graphql";
const query = "query Page($first: Int) { companies(first: $first) { nodes { npi name } } }";
const guarded = "query Guarded { companies(first: 3) { nodes { npi phone } } }";
const variables = { first: 1 };
const posted = await request(url, query, variables);
const got = await new GraphQLClient(url, { method: "GET" }).request(query, variables);
const dropped = await request(url, guarded).catch(({ response }) => response.data);
const refused = await client.rawRequest(guarded);
session.token = process.env.TOKEN;
const opened = await client.request(guarded);
const phones = [dropped, refused.data, opened].map((data) => data.companies.nodes[0].phone);
console.log(JSON.stringify({ posted, got, phones, errors: refused.errors.length }));
