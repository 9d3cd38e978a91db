// node follow.js ws|sse URL FILE CURSOR: write each change behind the file's last one, or behind the cursor, into the file.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { createClient as overEvents } from "graphql-sse";
import { createClient as overSocket } from "graphql-ws";
import WebSocket from "ws";

const [way, url, file, start] = process.argv.slice(2);
const authorization = `Bearer ${process.env.TOKEN}`;
const client =
  way === "ws"
    ? overSocket({
        url: url.replace("http", "ws"),
        webSocketImpl: WebSocket,
        connectionParams: { authorization },
        connectionAckWaitTimeout: 3000,
        keepAlive: 2000,
        retryAttempts: 0,
      })
    : overEvents({ url, headers: { authorization }, retryAttempts: 0 });
const query = "subscription($after: String) { changes(after: $after) { cursor kind npi } }";

const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").filter(Boolean) : [];
let after = lines.length ? JSON.parse(lines.at(-1)).cursor : start;
for (;;) {
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
      if (errors) throw errors;
      appendFileSync(file, `${JSON.stringify(data.changes)}\n`);
      after = data.changes.cursor;
    }
  } catch (error) {
    console.error(error);
  }
  await setTimeout(200);
}
