import { gql } from "@apollo/client";
import { client } from "./apollo-batches.js";

const queries = [gql`query A { dataset { companies { value } } }`, gql`query B { viewer { roles } }`];
const answers = await Promise.all(queries.map((query) => client.query({ query }).catch((error) => ({ error }))));
console.log(JSON.stringify(answers.map(({ data, error }) => ({ data, error: error?.message }))));
