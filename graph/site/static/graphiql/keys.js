// Keys that work wherever one is on the page; the dialog that `?` opens lists them with those of the editors.
import { inside } from "./inside.js";
import { showPane } from "./panes.js";
import { copyLink } from "./permalink.js";

const dialog = document.getElementById("keys");

/** Listen for them. Before the editors do: in them Ctrl-K would begin a key of two strokes. */
export function listenToKeys() {
  addEventListener("keydown", press, { capture: true });
  document.getElementById("show-keys").addEventListener("click", () => dialog.showModal());
}

function press(event) {
  const command = commandOf(event);
  if (command) {
    event.preventDefault();
    event.stopPropagation();
    command();
  }
}

function commandOf(event) {
  const { key, shiftKey, altKey, target } = event;
  const isCommand = (event.ctrlKey || event.metaKey) && !altKey;
  const isEditor = Boolean(target.closest?.(".CodeMirror"));
  switch (key.toLowerCase()) {
    case "k":
      return isCommand && !shiftKey ? searchDocs : null;
    case "l":
      return isCommand && shiftKey ? copyLink : null;
    case "enter":
      return isCommand && !isEditor ? inside.execution?.run : null;
    case "?":
      return isEditor || isField(target) ? null : () => dialog.showModal();
    case "escape":
      return isEditor && !isBusy() ? leaveEditor : null;
    default:
      return null;
  }
}

function isField(target) {
  return Boolean(target.closest?.("input, textarea, select, [contenteditable]"));
}

// Whether Escape has something to close in an editor: a list of completions, a search.
function isBusy() {
  return Boolean(document.querySelector(".CodeMirror-hints, .CodeMirror-dialog"));
}

// Tab belongs to the editors, so whoever has no mouse leaves them by Escape.
function leaveEditor() {
  document.querySelector(".graphiql-execute-button").focus();
}

// The search stands at the top of the documentation, which may be closed; some of its pages have none, and lead back.
function searchDocs() {
  showPane("docs");
  document.querySelector("[aria-label='Show Documentation Explorer']")?.click();
  setTimeout(focusSearch);
}

function focusSearch() {
  const search = document.querySelector(".graphiql-doc-explorer-search input");
  const back = document.querySelector(".graphiql-doc-explorer-back");
  if (search) {
    search.focus();
  } else if (back) {
    back.click();
    setTimeout(focusSearch);
  }
}
