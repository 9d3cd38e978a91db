// Subscriptions and live queries in GraphiQL: their answers come by an event stream (GraphQL over SSE).
import { failureWithoutReply } from "./failures.js";
import { contentOf } from "./runs.js";
import { EVENTS, readReply, send } from "./sending.js";
import { newTrace } from "./traces.js";

// Milliseconds after which to reconnect, unless the server says otherwise.
const RETRY = 1000;

// Whether the operation that is run is answered again and again: a subscription, or a query with @live.
export function goesOn({ operationName }, document) {
  const operations = document?.definitions.filter(({ kind }) => kind === "OperationDefinition") ?? [];
  const meant = operations.find(({ name }) => !operationName || name?.value === operationName);
  return meant?.operation === "subscription" || Boolean(meant?.directives?.some(({ name }) => name.value === "live"));
}

/** Return what GraphiQL subscribes to; its stop button ends the connection. `tell` is told what comes, as runs.js has it. */
export function listening(operation, headers, tell) {
  return {
    subscribe(listener) {
      const stopping = new AbortController();
      const next = (run) => {
        tell(run);
        listener.next(contentOf(run));
      };
      listen(operation, headers, next, stopping.signal).then(
        () => listener.complete(),
        () => stopping.signal.aborted || listener.complete(),
      );
      return { unsubscribe: () => stopping.abort() };
    },
  };
}

// Passes on each answer until the subscription is complete; reconnects after the last event if the connection is lost.
async function listen(operation, headers, next, signal) {
  const { traceparent, traceId } = newTrace();
  let last = {};
  let pause = RETRY;
  let told;
  while (!signal.aborted) {
    const reply = await send(operation, { traceparent, ...headers, ...last }, EVENTS, signal).catch(asLost);
    if (!reply && !told) {
      next({ failure: failureWithoutReply() });
      return;
    }
    if (reply && !reply.headers.get("content-type")?.startsWith(EVENTS)) {
      // It was refused before there was an operation.
      next({ ...(await readReply(reply)), traceId });
      return;
    }
    told = reply ? { status: reply.status, replied: reply.headers, traceId } : told;
    for await (const event of reply ? eventsIn(reply.body) : []) {
      if (event.event === "complete") {
        return;
      }
      if (event.event === "next") {
        next({ ...told, bytes: new Blob([event.data]).size, answer: JSON.parse(event.data) });
      }
      pause = Number(event.retry ?? pause);
      last = event.id === undefined ? last : { "last-event-id": event.id };
    }
    await new Promise((resume) => setTimeout(resume, pause));
  }
}

// The events of a stream, each with its fields by name; none of ours has a field twice. A stream that breaks ends.
async function* eventsIn(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = (await reader.read().catch(asLost)) ?? { done: true };
    if (done) {
      return;
    }
    const events = (text + value).split("\n\n");
    text = events.pop();
    yield* events.map((event) => Object.fromEntries(event.split("\n").map(fieldOf)));
  }
}

// A connection that is lost gives nothing; what a person has stopped, stops.
function asLost(error) {
  if (error.name === "AbortError") {
    throw error;
  }
  return undefined;
}

function fieldOf(line) {
  const [name, ...rest] = line.split(":");
  return [name, rest.join(":").replace(/^ /, "")];
}
