// What an operation costs. It is asked for by a request of its own that runs nothing: one that asked for it beside the
// data would get another answer, which is never kept.
import { readReply, send } from "./sending.js";

// The operation that was asked about last, as a text, and its cost, which is the same however often it is run.
let known = {};

/** Return the most that a run could cost, as `extensions.cost` tells it; undefined where that isn't told. */
export async function costOf({ operation, headers, answer }) {
  if (!answer?.data || answer.extensions?.cost) {
    return answer?.extensions?.cost;
  }
  const text = JSON.stringify(operation);
  if (known.text !== text || !known.cost) {
    known = { text, cost: await askCost(operation, headers) };
  }
  return known.cost;
}

async function askCost(operation, headers) {
  try {
    const reply = await send(operation, { ...withoutKey(headers), "cost-dry-run": "true" });
    return (await readReply(reply)).answer?.extensions?.cost;
  } catch {
    return undefined;
  }
}

// A key is for one request: with it the server would repeat the answer to the run.
function withoutKey(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "idempotency-key"));
}
