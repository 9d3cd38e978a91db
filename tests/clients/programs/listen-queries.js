import WebSocket from "ws";
import { hear } from "./listen.js";

// Node has had one of its own since version 22.
globalThis.WebSocket ??= WebSocket;
const answers = {};
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
  answers[name] = { first, rest, refused, invalid, asked };
  client.dispose();
}
console.log(JSON.stringify(answers));
