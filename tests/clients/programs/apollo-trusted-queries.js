import { parse } from "graphql";
import { client } from "./apollo-trusted.js";
import { list } from "./src/queries.js";

// What isn't in the manifest has no id, and goes as it is: parse() keeps it from Apollo's tool.
const queries = [list, parse("query Other { viewer { roles } }")];
const answers = queries.map((query) => client.query({ query }).catch(({ message }) => ({ error: message })));
console.log(JSON.stringify(await Promise.all(answers)));
