import { client } from "./urql.js";

const answers = [];
for (const query of ["query A { dataset { companies { value } } }", "query B { dataset { locations { value } } }"]) {
  const { data, error } = await client.query(query, {});
  answers.push(error?.message ?? "answered");
}
console.log(JSON.stringify(answers));
