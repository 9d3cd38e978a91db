// Sends operations as GraphiQL hands them over, in the name of who asks, and notes what came of them.
import { openTab } from "./inside.js";
import { goesOn, listening } from "./listening.js";
import { noteRun } from "./runs.js";
import { credentials, roles } from "./tokens.js";

const notice = document.getElementById("notice");

/** Return what sends operations. Each is another function, for which GraphiQL asks for the schema anew. */
export function makeFetcher() {
  return async (operation, { headers, documentAST } = {}) => {
    const sent = { "content-type": "application/json", ...credentials(), ...headers };
    if (goesOn(operation, documentAST)) {
      return advising(listening(operation, sent));
    }
    return isForTheSchema(operation) ? (await send(operation, sent)).answer : run(operation, sent);
  };
}

/** Return the answer to a query of the page itself. */
export async function ask(operation) {
  return (await send(operation, { "content-type": "application/json" })).answer;
}

async function run(operation, headers) {
  const tab = openTab()?.id;
  const came = await send(operation, headers);
  noteRun(tab, { operation, headers, ...came });
  notice.textContent = advice(came.answer);
  return came.answer;
}

async function send(operation, headers) {
  const began = performance.now();
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { accept: "application/graphql-response+json, application/json;q=0.9", ...headers },
    body: JSON.stringify(operation),
  });
  const answer = await response.json();
  return { answer, status: response.status, replied: response.headers, milliseconds: performance.now() - began };
}

// The same answers, each with what to do about it.
function advising({ subscribe }) {
  const next = (listener) => (answer) => {
    notice.textContent = advice(answer);
    listener.next(answer);
  };
  return { subscribe: (listener) => subscribe({ ...listener, next: next(listener) }) };
}

// What to do about an answer that other roles would get.
function advice({ errors = [] }) {
  const names = errors.flatMap(({ extensions }) => extensions?.requiredRoles ?? []);
  if (names.length === 0) {
    return "";
  }
  const wanted = new Intl.ListFormat("en", { type: "disjunction" }).format(new Set(names));
  const next = roles.length > 0 ? "choose one here" : "paste a token that has one here";
  return `This needs the role ${wanted}: ${next}`;
}

// What GraphiQL asks by itself.
function isForTheSchema({ operationName }) {
  return operationName === "IntrospectionQuery";
}
