import { fetchQuery, requestSubscription } from "relay-runtime";
import WebSocket from "ws";

// Node has had one of its own since version 22.
globalThis.WebSocket ??= WebSocket;
import subscription from "./src/__generated__/changesSubscription.graphql.js";
import query from "./src/__generated__/companiesQuery.graphql.js";

const { environment } = await import("./listening-environment.js");
const heard = await new Promise((resolve, reject) => {
  const found = [];
  const listening = requestSubscription(environment, {
    subscription,
    variables: { after: "0" },
    onNext: ({ changes }) => {
      if (found.push(changes.cursor) === 3) {
        listening.dispose();
        resolve(found);
      }
    },
    onError: reject,
  });
});
await fetchQuery(environment, query, { count: 2 }).toPromise();
console.log(JSON.stringify({ heard, asked: environment.getStore().getSource().size() > 2 }));
