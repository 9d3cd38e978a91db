import WebSocket from "ws";
import { hear } from "./listen.js";

// Node has had one of its own since version 22.
globalThis.WebSocket ??= WebSocket;
const answers = {};

async function edit(npi, website) {
  const query = `mutation { updateCompany(input: {npi: "${npi}", website: ${JSON.stringify(website)}}) { userErrors { code } } }`;
  const headers = { "content-type": "application/json", authorization: `Bearer ${process.env.EDITOR}` };
  const answer = await fetch("http://127.0.0.1:8000/graphql", { method: "POST", headers, body: JSON.stringify({ query }) });
  const { data } = await answer.json();
  if (data.updateCompany.userErrors.length) throw new Error(JSON.stringify(data));
}

// Look at a live query until its answer has changed.
async function look(client, npi, website) {
  const shown = [];
  await edit(npi, null);
  for await (const { data } of client.iterate({ query: `query @live { company(npi: "${npi}") { website } }` })) {
    if (shown.push(data.company.website) === 2) break;
    await edit(npi, website);
  }
  await edit(npi, null);
  return shown;
}

for (const name of ["ws", "sse"]) {
  const { client } = await import(`./listen-${name}.js`);
  const first = await hear(client, "0", 3);
  const rest = await hear(client, first[0].cursor, 2);
  const refused = await hear(client, "999999999", 1).catch((errors) => errors[0].extensions.code);
  const invalid = await hear({ iterate: () => client.iterate({ query: "subscription { nothing }" }) }, "0", 1).catch(
    (errors) => errors[0].extensions.code,
  );
  const asked = [];
  for await (const { data } of client.iterate({ query: "{ dataset { companies { value } } }" })) asked.push(data);
  const live = await look(client, first[0].npi, "https://live.example");
  answers[name] = { first, rest, refused, invalid, asked, live };
  client.dispose();
}
console.log(JSON.stringify(answers));
