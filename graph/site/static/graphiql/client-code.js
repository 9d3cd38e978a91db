// An operation as code for the usual clients, with a placeholder in place of the token.

/** The forms: what each is called, what writes it, and whether it takes subscriptions.
 *
 * A writer gets the `url`, the `query` with a single operation, its `variables` (an object, if it has any), its `kind`
 * (query, mutation or subscription), and whether it `needsToken`; it returns the text.
 */
export const FORMS = [
  { name: "curl", write: writeCurl, listens: true },
  { name: "JavaScript", write: writeFetch },
  { name: "urql", write: writeUrql },
  { name: "Apollo", write: writeApollo },
  { name: "Python", write: writeHttpx },
  { name: "gql", write: writeGql },
];

const TOKEN = "YOUR_TOKEN";

function writeCurl({ url, kind, needsToken, query, variables }) {
  const listens = kind === "subscription";
  const options = [
    `curl ${listens ? "--no-buffer " : ""}${url}`,
    "-H 'content-type: application/json'",
    ...(listens ? ["-H 'accept: text/event-stream'"] : []),
    ...(needsToken ? ['-H "authorization: Bearer $TOKEN"'] : []),
    `-d '${JSON.stringify({ query, variables }, null, 2).replaceAll("'", "'\\''")}'`,
  ];
  return `${options.join(" \\\n  ")}\n`;
}

function writeFetch({ url, needsToken, query, variables }) {
  return `const query = ${template(query)};
${given(variables)}
const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: {
    "content-type": "application/json",${needsToken ? `\n    authorization: "Bearer ${TOKEN}",` : ""}
  },
  body: JSON.stringify({ query${variables ? ", variables" : ""} }),
});
const { data, errors } = await response.json();
console.log(JSON.stringify(data), errors);
`;
}

function writeUrql({ url, kind, needsToken, query, variables }) {
  const options = needsToken ? `\n  fetchOptions: { headers: { authorization: "Bearer ${TOKEN}" } },` : "";
  return `// npm install @urql/core graphql
import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";

const client = new Client({
  url: ${JSON.stringify(url)},
  exchanges: [cacheExchange, fetchExchange],${options}
});
const document = gql${template(query)};
${given(variables)}
const { data, error } = await client.${kind}(document, ${variables ? "variables" : "{}"});
console.log(JSON.stringify(data), error?.message);
`;
}

function writeApollo({ url, kind, needsToken, query, variables }) {
  const headers = needsToken ? `, headers: { authorization: "Bearer ${TOKEN}" }` : "";
  const [verb, name] = kind === "mutation" ? ["mutate", "mutation"] : ["query", "query"];
  return `// npm install @apollo/client graphql rxjs
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";

const client = new ApolloClient({
  link: new HttpLink({ uri: ${JSON.stringify(url)}${headers} }),
  cache: new InMemoryCache(),
});
const ${name} = gql${template(query)};
${given(variables)}
const { data, error } = await client.${verb}({ ${name}${variables ? ", variables" : ""}, errorPolicy: "all" });
console.log(JSON.stringify(data), error?.message);
`;
}

function writeHttpx({ url, needsToken, query, variables }) {
  const body = variables ? `{"query": QUERY, "variables": VARIABLES}` : `{"query": QUERY}`;
  return `# pip install httpx
${needsToken ? "import os\n\n" : ""}import httpx

QUERY = ${inQuotes(query)}
${givenInPython(variables)}
response = httpx.post(
    ${JSON.stringify(url)},
    json=${body},${pythonHeaders(needsToken)}
)
answer = response.json()
print(answer.get("data"), answer.get("errors"))
`;
}

function writeGql({ url, needsToken, query, variables }) {
  return `# pip install "gql[aiohttp]"
${needsToken ? "import os\n\n" : ""}from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport

QUERY = ${inQuotes(query)}
${givenInPython(variables)}
transport = AIOHTTPTransport(
    url=${JSON.stringify(url)},${pythonHeaders(needsToken)}
)
request = GraphQLRequest(QUERY${variables ? ", variable_values=VARIABLES" : ""})
print(Client(transport=transport).execute(request))
`;
}

function pythonHeaders(needsToken) {
  return needsToken ? `\n    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},` : "";
}

function given(variables) {
  return variables ? `const variables = ${inJavaScript(variables)};\n` : "";
}

function givenInPython(variables) {
  return variables ? `VARIABLES = ${inPython(variables)}\n` : "";
}

function template(text) {
  return `\`${text.trim().replace(/[`\\]|\$(?=\{)/g, "\\$&")}\``;
}

// Names that need no quotes have none.
function inJavaScript(value) {
  return JSON.stringify(value, null, 2).replace(/^( *)"([A-Za-z_]\w*)":/gm, "$1$2:");
}

// A text over several lines in Python; what is read there is the text as it was.
function inQuotes(text) {
  return `"""\n${text.trim().replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"')}\n"""`;
}

// A value as Python writes it; JSON's texts are its texts too.
function inPython(value, indent = "") {
  const deeper = `${indent}    `;
  if (value === null || typeof value === "boolean") {
    return { null: "None", true: "True", false: "False" }[value];
  }
  if (typeof value !== "object") {
    return JSON.stringify(value);
  }
  const isList = Array.isArray(value);
  const inner = isList
    ? value.map((each) => inPython(each, deeper))
    : Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${inPython(each, deeper)}`);
  const [open, close] = isList ? "[]" : "{}";
  const lines = inner.map((each) => `${deeper}${each},\n`).join("");
  return inner.length === 0 ? open + close : `${open}\n${lines}${indent}${close}`;
}
