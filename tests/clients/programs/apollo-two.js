import { gql } from "@apollo/client";
import { client } from "./apollo.js";

const answers = [];
for (const query of [gql`query A { dataset { companies { value } } }`, gql`query B { dataset { locations { value } } }`]) {
  const { data, error } = await client.query({ query });
  answers.push(error?.message ?? "answered");
}
console.log(JSON.stringify(answers));
