// Opens the page: GraphiQL with the tabs that were kept, or with the examples, and what stands around it.
import { ask, makeFetcher } from "./fetcher.js";
import { Inside } from "./inside.js";
import { listenToKeys } from "./keys.js";
import { Outcome } from "./outcome.js";
import { Panes } from "./panes.js";
import { CopyLink, Linked } from "./permalink.js";
import { OUTCOMES, PANELS, TOOLS } from "./plugins.js";
import { openingTabs, putExamplesBack } from "./tabs.js";
import { startTokens, takeRoleOf } from "./tokens.js";

const { createElement } = React;
const root = ReactDOM.createRoot(document.getElementById("graphiql"));

async function open() {
  document.getElementById("examples").addEventListener("click", putExamplesBack);
  listenToKeys();
  const opening = await openingTabs(ask);
  await startTokens(() => show(opening), opening.shown.query);
}

// For a new viewer the schema is asked for anew: what GraphiQL shows depends on who asks.
function show({ tabs, shown }) {
  const properties = {
    fetcher: makeFetcher(),
    defaultTabs: tabs,
    query: shown.query ?? "",
    variables: shown.variables ?? "",
    defaultQuery: "",
    defaultEditorToolsVisibility: "variables",
    onTabChange: ({ tabs: all, activeTabIndex }) => takeRoleOf(all[activeTabIndex]?.query),
    shouldPersistHeaders: false,
    plugins: PANELS,
  };
  const parts = [
    createElement(GraphiQL.Logo, { key: "logo" }, " "),
    createElement(GraphiQL.Toolbar, { key: "toolbar" }, toolbar),
    createElement(GraphiQL.Footer, { key: "outcomes" }, all([Outcome, ...OUTCOMES])),
    ...all([Inside, Linked, OpenDocumentation, Panes]),
  ];
  root.render(createElement(GraphiQL, properties, ...parts));
}

function toolbar({ prettify, merge, copy }) {
  return createElement(React.Fragment, null, prettify, merge, copy, ...all([CopyLink, ...TOOLS]));
}

function all(components) {
  return components.map((each) => createElement(each, { key: each.name }));
}

// GraphiQL 4 leaves the panel closed for its property `visiblePlugin`, so its button is pressed once.
function OpenDocumentation() {
  React.useEffect(() => {
    setTimeout(() => document.querySelector('[aria-label="Show Documentation Explorer"]')?.click());
  }, []);
  return null;
}

open();
