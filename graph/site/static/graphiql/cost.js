// What an operation costs. It is asked for by a request of its own that runs nothing: one that asked for it beside the
// data would get another answer, which is never kept.
import { failureOf } from "./failures.js";
import { send } from "./sending.js";

/** Return the most that a run could cost, as `extensions.cost` tells it; undefined where that isn't told. */
export async function costOf({ operation, headers, answer }) {
  if (!answer?.data || answer.extensions?.cost) {
    return answer?.extensions?.cost;
  }
  try {
    const reply = await send(operation, { ...withoutKey(headers), "cost-dry-run": "true" });
    const text = await reply.text();
    return failureOf(reply, text) ? undefined : JSON.parse(text).extensions?.cost;
  } catch {
    return undefined;
  }
}

// A key is for one request: with it the server would repeat the answer to the run.
function withoutKey(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "idempotency-key"));
}
