// A panel with the operations that people ask, to be opened in a tab of their own.
import { ask } from "./fetcher.js";
import { drawIcon } from "./icons.js";
import { openInTab } from "./inside.js";
import { showPane } from "./panes.js";
import { fillVariables, readSaved, search } from "./saved.js";

const { createElement: element, useEffect, useState } = React;

const NAME = /\b(?:query|mutation|subscription) (\w+)/;

export const SAVED = { title: "Saved operations", icon: Icon, content: Saved };

function Saved() {
  const [groups, keep] = useState([]);
  const [text, type] = useState("");
  useEffect(() => {
    readSaved().then(keep);
  }, []);
  const found = search(groups, text);
  const isNone = groups.length > 0 && found.length === 0;
  return element(
    "section",
    { className: "panel", "aria-label": SAVED.title },
    element("h2", null, SAVED.title),
    element("p", null, "What people ask, with variables that work here. Choose one to open it in a tab."),
    element("input", {
      type: "search",
      placeholder: "Search, for example: roster",
      "aria-label": "Search the saved operations",
      value: text,
      onChange: (event) => type(event.target.value),
    }),
    element("p", { className: "hint", role: "status" }, isNone ? "None has all of these words." : ""),
    found.map((group) => element(Group, { key: group.readers, ...group })),
  );
}

function Group({ readers, operations }) {
  return element(
    React.Fragment,
    null,
    element("h3", null, readers),
    element(
      "ul",
      { className: "operations" },
      operations.map((operation) => element("li", { key: operation.name }, element(Opener, { operation }))),
    ),
  );
}

function Opener({ operation: { title, query, variables, roles } }) {
  const open = async () => {
    const filled = await fillVariables(variables, ask);
    showPane("operation");
    openInTab({ query, variables: Object.keys(filled).length > 0 ? JSON.stringify(filled, null, 2) : "" });
  };
  return element(
    "button",
    { type: "button", onClick: open },
    element("b", null, NAME.exec(query)[1]),
    element("span", null, title),
    roles.length > 0 && element("small", null, needOf(roles)),
  );
}

function needOf(roles) {
  return roles.includes("VIEWER")
    ? "Needs a token."
    : `Needs the role ${new Intl.ListFormat("en", { type: "disjunction" }).format(roles)}.`;
}

function Icon() {
  return drawIcon("M6 3h12v18l-6-4.5L6 21z");
}
