// What came of the last run of each tab; who shows it is told of each new one.

const runs = new Map();
const listeners = new Set();

/** Keep what came of a run, in place of the one before; null forgets it.
 *
 * A run has the `operation` (query, variables, operationName) and `headers` that were sent. Once there is an answer, it
 * has the parsed `answer`, and of the reply its `status`, `replied` (Headers), `milliseconds`, `bytes` and `traceId`;
 * `failure` says in words why there is none.
 */
export function noteRun(tab, run) {
  runs.set(tab, run);
  listeners.forEach((listener) => listener());
}

/** Return the last run of the tab that is open, in a React component that is drawn anew with each; null if none. */
export function useRun() {
  const { tabs, activeTabIndex } = GraphiQL.React.useEditorContext();
  const tab = tabs[activeTabIndex]?.id;
  return React.useSyncExternalStore(listenToRuns, () => runs.get(tab) ?? null);
}

function listenToRuns(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
