import { gql } from "@apollo/client";
import WebSocket from "ws";

// Node has had one of its own since version 22.
globalThis.WebSocket ??= WebSocket;
const { client } = await import("./apollo-listening.js");
const query = gql`subscription Changes($after: String) { changes(after: $after) { cursor } }`;
const heard = await new Promise((resolve, reject) => {
  const found = [];
  const listening = client.subscribe({ query, variables: { after: "0" } }).subscribe({
    next: ({ data }) => {
      if (found.push(data.changes.cursor) === 3) {
        listening.unsubscribe();
        resolve(found);
      }
    },
    error: reject,
  });
});
const { data } = await client.query({ query: gql`{ dataset { companies { value } } }` });
console.log(JSON.stringify({ heard, asked: data.dataset.companies.value }));
