// Subscriptions and live queries in GraphiQL: their answers come by an event stream (GraphQL over SSE).

// Milliseconds after which to reconnect, unless the server says otherwise.
const RETRY = 1000;

// Whether the operation that is run is answered again and again: a subscription, or a query with @live.
export function goesOn({ operationName }, document) {
  const operations = document?.definitions.filter(({ kind }) => kind === "OperationDefinition") ?? [];
  const meant = operations.find(({ name }) => !operationName || name?.value === operationName);
  return meant?.operation === "subscription" || Boolean(meant?.directives?.some(({ name }) => name.value === "live"));
}

// What GraphiQL subscribes to; its stop button ends the connection.
export function listening(operation, headers) {
  return {
    subscribe(listener) {
      const stopping = new AbortController();
      listen(operation, headers, listener, stopping.signal).then(
        () => listener.complete(),
        (error) => stopping.signal.aborted || listener.error(error),
      );
      return { unsubscribe: () => stopping.abort() };
    },
  };
}

// Passes on each answer until the subscription is complete; reconnects after the last event if the connection is lost.
async function listen(operation, headers, listener, signal) {
  let last = {};
  let pause = RETRY;
  while (!signal.aborted) {
    const response = await fetch("/graphql", {
      method: "POST",
      headers: { ...headers, ...last, accept: "text/event-stream" },
      body: JSON.stringify(operation),
      signal,
    });
    if (!response.headers.get("content-type").startsWith("text/event-stream")) {
      // It was refused before there was an operation.
      listener.next(await response.json());
      return;
    }
    for await (const event of eventsIn(response.body)) {
      if (event.event === "complete") {
        return;
      }
      if (event.event === "next") {
        listener.next(JSON.parse(event.data));
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
    const { value, done } = await reader.read().catch(asEnd);
    if (done) {
      return;
    }
    const events = (text + value).split("\n\n");
    text = events.pop();
    yield* events.map((event) => Object.fromEntries(event.split("\n").map(fieldOf)));
  }
}

function asEnd(error) {
  if (error.name === "AbortError") {
    throw error;
  }
  return { done: true };
}

function fieldOf(line) {
  const [name, ...rest] = line.split(":");
  return [name, rest.join(":").replace(/^ /, "")];
}
