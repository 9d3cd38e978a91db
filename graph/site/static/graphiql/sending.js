// Sends an operation in the name of who asks.
import { answerIn } from "./failures.js";
import { credentials, renewToken } from "./tokens.js";

// What answers are wanted in; what is refused before it is an operation comes as plain JSON.
const ONE_ANSWER = "application/graphql-response+json, application/json;q=0.9";
export const EVENTS = "text/event-stream";

/** Return the reply to an operation. `given` are headers that go before our own; `signal` ends it.
 *
 * A role's token that has expired is renewed once, without asking. Rejects with a TypeError where there is no reply.
 */
export async function send(operation, given, accept = ONE_ANSWER, signal = undefined) {
  const headers = { "content-type": "application/json", accept, ...given };
  const post = () =>
    fetch("/graphql", {
      method: "POST",
      headers: { ...credentials(), ...headers },
      body: JSON.stringify(operation),
      // A login that stands before the server would send elsewhere, and what is there is no answer.
      redirect: "manual",
      signal,
    });
  const reply = await post();
  const isRenewed = reply.status === 401 && (await isExpired(reply.clone())) && (await renewToken());
  return isRenewed ? post() : reply;
}

/** Return what a reply says, as runs.js has it: the `answer` or the `failure`, `status`, `replied` and `bytes`. */
export async function readReply(reply) {
  const text = await reply.text();
  return { status: reply.status, replied: reply.headers, bytes: new Blob([text]).size, ...answerIn(reply, text) };
}

async function isExpired(reply) {
  const { errors = [] } = await reply.json().catch(() => ({}));
  return errors.some(({ extensions }) => extensions?.reason === "EXPIRED");
}
