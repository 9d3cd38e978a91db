// What came of the last run of each tab; who shows it is told of each new one.

const runs = new Map();
const listeners = new Set();

/** Keep what came of a run, in place of the one before.
 *
 * A run has the `operation` (query, variables, operationName) that was sent, with the `headers` of GraphiQL's editor.
 * Once there is a reply, it has the parsed `answer`, or the `failure` in words for which there is none; of the reply
 * `status`, `replied` (its Headers), `milliseconds`, `bytes` (uncompressed) and `traceId`; and the `cost` as soon as
 * that is known. A subscription is noted anew with each answer.
 */
export function noteRun(tab, run) {
  runs.set(tab, run);
  listeners.forEach((listener) => listener());
}

/** Add what a run could cost to what is kept of it, unless the tab has run something else since. */
export function noteCost(tab, run, cost) {
  if (cost && runs.get(tab) === run) {
    noteRun(tab, { ...run, cost });
  }
}

/** Whether a run is still without a reply. */
export function isUnderWay({ answer, failure }) {
  return !answer && !failure;
}

/** Return what the pane for the answer shows of a run; what to do about a failure stands beneath. */
export function contentOf({ answer, failure }) {
  return answer ?? { noAnswer: failure.message };
}

/** Return the last run of the tab that is open; the component that asks is drawn anew with each. null if there is none. */
export function useRun() {
  const { tabs, activeTabIndex } = GraphiQL.React.useEditorContext();
  const tab = tabs[activeTabIndex]?.id;
  return React.useSyncExternalStore(listenToRuns, () => runs.get(tab) ?? null);
}

function listenToRuns(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
