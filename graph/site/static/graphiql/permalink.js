// Addresses that carry an operation: `/graphql#query=...&variables=...&operationName=...`, or the same after `?`.
// Neither headers nor tokens are ever in one, and what one brings is shown and not run.
import { copyText } from "./clipboard.js";
import { inside, openInTab } from "./inside.js";
import { showPane } from "./panes.js";

const { createElement } = React;

// Milliseconds for which the button says what it has done.
const SAID = 2000;

/** Return the operation that an address carries; null where there is none. What goes after `#` isn't sent to servers. */
export function operationIn({ hash, search }) {
  const found = [hash.slice(1), search.slice(1)].map((each) => new URLSearchParams(each)).find((each) => each.get("query"));
  if (!found) {
    return null;
  }
  const [query, variables, operationName] = ["query", "variables", "operationName"].map((name) => found.get(name) ?? "");
  return { query, variables: indented(variables), operationName };
}

/** Return the address that carries an operation. */
export function addressOf({ query, variables, operationName }) {
  const given = Object.entries({ query, variables: packed(variables), operationName }).filter(([, value]) => value);
  const parts = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${location.origin}${location.pathname}#${parts.join("&")}`;
}

/** Stands in GraphiQL and shows nothing: opens what the address carries in a tab of its own, once, and each later one. */
export function Linked() {
  const { queryEditor, variableEditor } = GraphiQL.React.useEditorContext();
  const isReady = Boolean(queryEditor && variableEditor);
  React.useEffect(() => {
    if (!isReady) {
      return undefined;
    }
    openLinked();
    addEventListener("hashchange", openLinked);
    return () => removeEventListener("hashchange", openLinked);
  }, [isReady]);
  return null;
}

// The address is plain again afterwards: a page that is opened anew shows what was made of the operation since.
function openLinked() {
  const linked = operationIn(location);
  if (linked) {
    history.replaceState(null, "", location.pathname);
    showPane("operation");
    setTimeout(() => openInTab(linked));
  }
}

/** A button in the toolbar that copies the address of the operation in the editor. */
export function CopyLink() {
  const [said, say] = React.useState("");
  React.useEffect(() => {
    const later = said && setTimeout(() => say(""), SAID);
    return () => clearTimeout(later);
  }, [said]);
  const copy = async () => say((await copyLink()) ? "Copied" : "Not copied");
  const { ToolbarButton } = GraphiQL.React;
  return createElement(
    ToolbarButton,
    { label: said || "Copy link (Shift-Ctrl-L)", onClick: copy, className: "copy-link" },
    createElement(LinkIcon),
    said && createElement("span", { className: "said", role: "status" }, said),
  );
}

/** Copy the address of the operation in the editor; return whether it is on the clipboard. */
export function copyLink() {
  const { queryEditor, variableEditor } = inside.editor;
  const { operations, operationName } = queryEditor;
  return copyText(
    addressOf({
      query: queryEditor.getValue(),
      variables: variableEditor.getValue(),
      operationName: operations?.length > 1 ? operationName : "",
    }),
  );
}

function LinkIcon() {
  const path = "M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1.5-1.5";
  const stroke = { fill: "none", stroke: "currentColor", strokeWidth: 1.6, strokeLinecap: "round" };
  const icon = { className: "graphiql-toolbar-icon", viewBox: "0 0 24 24", "aria-hidden": true };
  return createElement("svg", icon, createElement("path", { d: path, ...stroke }));
}

function indented(variables) {
  return spaced(variables, 2);
}

function packed(variables) {
  return spaced(variables.trim(), 0);
}

// What is no JSON yet stays as it is: a person may be in the middle of it.
function spaced(variables, blanks) {
  try {
    return JSON.stringify(JSON.parse(variables), null, blanks);
  } catch {
    return variables;
  }
}
