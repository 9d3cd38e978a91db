import { gql } from "@apollo/client";
import { client } from "./apollo-first.js";

const open = await client.query({ query: gql`query Open { companies(first: 1) { nodes { npi name } } }` });
const guarded = gql`query Guarded { companies(first: 3) { nodes { npi name phone } } }`;
const none = await client.query({ query: guarded }).catch((error) => ({ thrown: error.name, error: error.message }));
const { data, error } = await client.query({ query: guarded, errorPolicy: "all" });
console.log(JSON.stringify({ open: open.data, none, all: { data, error: error.message } }));
