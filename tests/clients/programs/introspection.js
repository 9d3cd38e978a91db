// The introspection query that GraphiQL, codegen and most tools send, with all that it can ask for and as it comes.
import { buildClientSchema, getIntrospectionQuery, printSchema } from "graphql";

const all = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
};
const schemas = [];
for (const options of [all, {}, { descriptions: false }]) {
  const answer = await fetch("http://127.0.0.1:8000/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${process.env.TOKEN}` },
    body: JSON.stringify({ query: getIntrospectionQuery(options) }),
  });
  schemas.push(printSchema(buildClientSchema((await answer.json()).data)));
}
console.log(JSON.stringify(schemas));
