// Sends operations as GraphiQL hands them over, in the name of who asks, and notes what came of them.
import { costOf } from "./cost.js";
import { failureWithoutReply } from "./failures.js";
import { openTab } from "./inside.js";
import { goesOn, listening } from "./listening.js";
import { contentOf, noteCost, noteRun } from "./runs.js";
import { readReply, send } from "./sending.js";
import { newTrace } from "./traces.js";

/** Return what sends operations. Each is another function, for which GraphiQL asks for the schema anew. */
export function makeFetcher() {
  return async (operation, { headers = {}, documentAST } = {}) => {
    if (isForTheSchema(operation)) {
      return contentOf(await runOf(operation, headers));
    }
    const tab = openTab()?.id;
    noteRun(tab, { operation, headers });
    if (goesOn(operation, documentAST)) {
      return listening(operation, headers, (run) => noteRun(tab, { operation, headers, ...run }));
    }
    const run = await runOf(operation, headers);
    noteRun(tab, run);
    costOf(run).then((cost) => noteCost(tab, run, cost));
    return contentOf(run);
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
    return ran(await readReply(reply));
  } catch {
    return ran({ failure: failureWithoutReply() });
  }
}

// What GraphiQL asks by itself.
function isForTheSchema({ operationName }) {
  return operationName === "IntrospectionQuery";
}
