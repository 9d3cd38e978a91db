// Sends operations as GraphiQL hands them over, in the name of who asks, and notes what came of them.
import { costOf } from "./cost.js";
import { failureOf, failureWithoutReply } from "./failures.js";
import { openTab } from "./inside.js";
import { goesOn, listening } from "./listening.js";
import { noteRun } from "./runs.js";
import { send } from "./sending.js";
import { newTrace } from "./traces.js";

/** Return what sends operations. Each is another function, for which GraphiQL asks for the schema anew. */
export function makeFetcher() {
  return async (operation, { headers = {}, documentAST } = {}) => {
    if (isForTheSchema(operation)) {
      return shown(await runOf(operation, headers));
    }
    const tab = openTab()?.id;
    noteRun(tab, { operation, headers });
    if (goesOn(operation, documentAST)) {
      return listening(operation, headers, (run) => noteRun(tab, { operation, headers, ...run }));
    }
    const run = await runOf(operation, headers);
    noteRun(tab, run);
    costOf(run).then((cost) => cost && noteRun(tab, { ...run, cost }));
    return shown(run);
  };
}

/** Return the answer to a query of the page itself. */
export async function ask(operation) {
  return (await runOf(operation, {})).answer;
}

// What came of an operation, as runs.js has it.
async function runOf(operation, headers) {
  const { traceparent, traceId } = newTrace();
  const began = performance.now();
  const ran = (what) => ({ operation, headers, traceId, milliseconds: performance.now() - began, ...what });
  try {
    const reply = await send(operation, { traceparent, ...headers });
    const text = await reply.text();
    const of = { status: reply.status, replied: reply.headers, bytes: new Blob([text]).size };
    const failure = failureOf(reply, text);
    return ran(failure ? { ...of, failure } : { ...of, answer: JSON.parse(text) });
  } catch {
    return ran({ failure: failureWithoutReply() });
  }
}

// What stands in the answer's place where there is none; what to do about it stands beneath.
function shown({ answer, failure }) {
  return answer ?? { noAnswer: failure.message };
}

// What GraphiQL asks by itself.
function isForTheSchema({ operationName }) {
  return operationName === "IntrospectionQuery";
}
