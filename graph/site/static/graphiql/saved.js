// The operations that people ask, by who they are, with variables for the directory that is served.
import { describeDirectory } from "./directory.js";

let read;

/** Return the groups: the `readers` of each and its `operations`, with `title`, `query`, `variables` and `roles`. */
export function readSaved() {
  read ??= fetch("/graphiql/operations.json").then((response) => response.json());
  return read;
}

/** Return the groups with the operations in which each of the words stands, and without those that have none. */
export function search(groups, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const isFound = ({ title, query }) => words.every((word) => `${title}\n${query}`.toLowerCase().includes(word));
  return groups
    .map(({ readers, operations }) => ({ readers, operations: operations.filter(isFound) }))
    .filter(({ operations }) => operations.length > 0);
}

/** Return an operation's variables with what the directory has in place of names such as {npi}; `ask` runs a query. */
export async function fillVariables(variables, ask) {
  const { npis, ...others } = await describeDirectory(ask);
  return fill(variables, { ...others, npis, npi: npis[0] });
}

function fill(value, known) {
  if (Array.isArray(value)) {
    return value.map((each) => fill(each, known));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fill(each, known)]));
  }
  if (typeof value !== "string") {
    return value;
  }
  const whole = /^\{(\w+)\}$/.exec(value);
  return whole ? known[whole[1]] : value.replace(/\{(\w+)\}/g, (_, name) => known[name]);
}
