import WebSocket from "ws";

// Node has had one of its own since version 22.
globalThis.WebSocket ??= WebSocket;
const { client } = await import("./urql-listening.js");
const query = "subscription Changes($after: String) { changes(after: $after) { cursor } }";
const heard = await new Promise((resolve) => {
  const found = [];
  const listening = client.subscription(query, { after: "0" }).subscribe(({ data }) => {
    if (found.push(data.changes.cursor) === 3) {
      listening.unsubscribe();
      resolve(found);
    }
  });
});
const { data } = await client.query("{ dataset { companies { value } } }", {});
console.log(JSON.stringify({ heard, asked: data.dataset.companies.value }));
