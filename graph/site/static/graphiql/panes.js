// On a phone one pane at a time: a bar in reach of the thumb says which, and runs the operation.
import { inside } from "./inside.js";

const { createElement } = React;

// The panes by what ide.css knows them by; on a wide screen all are there at once.
const PANES = { docs: "Docs", operation: "Operation", variables: "Variables", answer: "Answer" };

const listeners = new Set();
let shown = "operation";

/** Show a pane, where there is room for one alone. */
export function showPane(pane) {
  shown = pane;
  document.documentElement.dataset.pane = pane;
  // An editor that was drawn out of sight doesn't know how large it is.
  document.querySelectorAll(".CodeMirror").forEach((element) => element.CodeMirror.refresh());
  listeners.forEach((listener) => listener());
}

/** The bar at the bottom of a narrow screen. */
export function Panes() {
  const { isFetching, isSubscribed } = GraphiQL.React.useExecutionContext();
  const pane = React.useSyncExternalStore(listenToPanes, () => shown);
  const isRunning = isFetching || isSubscribed;
  // Whoever runs something wants to see what comes.
  React.useEffect(() => (isRunning ? showPane("answer") : undefined), [isRunning]);
  const run = { type: "button", className: "run", onClick: isRunning ? () => inside.execution.stop() : runOrAsk };
  return createElement(
    "nav",
    { id: "panes", "aria-label": "Panes" },
    ...Object.entries(PANES).map(([name, title]) =>
      createElement("button", { type: "button", "aria-pressed": name === pane, onClick: () => showPane(name) }, title),
    ),
    createElement("button", run, isRunning ? "Stop" : "Run"),
  );
}

function listenToPanes(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Of several operations GraphiQL's own button asks which.
function runOrAsk() {
  if (inside.editor.queryEditor.operations?.length > 1) {
    showPane("operation");
    openMenu(document.querySelector(".graphiql-execute-button"));
  } else {
    inside.execution.run();
  }
}

// The menu opens as soon as a finger touches its button.
function openMenu(button) {
  button.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, button: 0 }));
}
