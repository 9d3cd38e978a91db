// Opens GraphiQL with the example tabs, and sends the token of the box above it with every operation.
import { exampleTabs, roleOf } from "./examples.js";
import { goesOn, listening } from "./listening.js";

// What this browser tab remembers; closing it forgets.
const ROLE = "ariesone.role";
const TOKEN = "ariesone.token";
// Whether a person has said who to be; until then each example says it.
const CHOSEN = "ariesone.chosen";
const WANTS_EXAMPLES = "ariesone.examples";
// The example tabs as they were given.
const GIVEN_TABS = "ariesone.given";
// Where GraphiQL keeps its tabs.
const KEPT_TABS = "graphiql:tabState";
const KEPT_EDITORS = ["graphiql:query", "graphiql:variables", "graphiql:headers", "graphiql:operationName"];

const roles = document.documentElement.dataset.roles.split(" ").filter(Boolean);
const roleSelect = document.getElementById("role");
const tokenBox = document.getElementById("token");
const notice = document.getElementById("notice");
const root = ReactDOM.createRoot(document.getElementById("graphiql"));

// The same array each time: for another one GraphiQL closes its panel.
const NO_PLUGINS = [];

// The example tabs, where none are kept, and the tab that is opened.
let tabs;
let opened;
// The role that an example has brought last.
let brought;

function fetcherWith(token) {
  const credentials = token ? { authorization: `Bearer ${token}` } : {};
  return async (operation, { headers, documentAST } = {}) => {
    const sent = { "content-type": "application/json", ...credentials, ...headers };
    if (goesOn(operation, documentAST)) {
      return advising(listening(operation, sent));
    }
    const response = await fetch("/graphql", {
      method: "POST",
      headers: { accept: "application/graphql-response+json, application/json;q=0.9", ...sent },
      body: JSON.stringify(operation),
    });
    const answer = await response.json();
    if (operation.operationName !== "IntrospectionQuery") {
      notice.textContent = advice(answer);
    }
    return answer;
  };
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

// A new fetcher makes GraphiQL ask for the schema anew: what it shows depends on who asks.
function show() {
  const properties = {
    fetcher: fetcherWith(tokenBox.value.trim()),
    defaultTabs: tabs,
    query: opened.query ?? "",
    variables: opened.variables ?? "",
    defaultQuery: "",
    defaultEditorToolsVisibility: "variables",
    onTabChange: takeRoleOfExample,
    shouldPersistHeaders: false,
    plugins: NO_PLUGINS,
  };
  const logo = React.createElement(GraphiQL.Logo, { key: "logo" }, " ");
  const documentation = React.createElement(OpenDocumentation, { key: "documentation" });
  root.render(React.createElement(GraphiQL, properties, logo, documentation));
}

// GraphiQL 4 leaves the panel closed for its property `visiblePlugin`, so its button is pressed once.
function OpenDocumentation() {
  React.useEffect(() => {
    setTimeout(() => document.querySelector('[aria-label="Show Documentation Explorer"]')?.click());
  }, []);
  return null;
}

function use(role, token) {
  roleSelect.value = role;
  tokenBox.value = token;
  sessionStorage.setItem(ROLE, role);
  sessionStorage.setItem(TOKEN, token);
  show();
}

async function takeRole(role) {
  if (!role) {
    use("", "");
    return;
  }
  const response = await fetch(`/graphiql/tokens/${role}`, { method: "POST" });
  notice.textContent = response.ok ? "" : `No token for ${role}: ${response.status}`;
  use(response.ok ? role : "", response.ok ? (await response.json()).token : "");
}

// An example that not everyone may run brings its role: a tab's text may change with every key.
function takeRoleOfExample({ tabs: all, activeTabIndex }) {
  const role = roleOf(all[activeTabIndex]?.query);
  if (roles.includes(role) && role !== brought && !sessionStorage.getItem(CHOSEN)) {
    brought = role;
    takeRole(role);
  }
}

function choose(take) {
  sessionStorage.setItem(CHOSEN, "yes");
  take();
}

function takeToken() {
  const token = tokenBox.value.trim();
  use(token ? "own" : "", token);
}

// GraphiQL writes its tabs down half a second late, so they are dropped once the page is gone that may do it.
function putExamplesBack() {
  sessionStorage.setItem(WANTS_EXAMPLES, "yes");
  location.reload();
}

function dropTabs() {
  sessionStorage.removeItem(WANTS_EXAMPLES);
  [KEPT_TABS, ...KEPT_EDITORS].forEach((name) => localStorage.removeItem(name));
}

// GraphiQL keeps what is in its editors apart from its tabs, and opens one more where the two differ.
function keptTab() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_TABS));
    return kept.tabs[kept.activeTabIndex];
  } catch {
    return undefined;
  }
}

// What the examples ask for may have gone from the directory; those that nobody has changed are made anew.
function areUntouched() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_TABS)).tabs;
    const given = JSON.parse(localStorage.getItem(GIVEN_TABS));
    const isAsGiven = (tab, place) => tab.query === given[place].query && tab.variables === given[place].variables;
    return kept.length === given.length && kept.every(isAsGiven);
  } catch {
    return false;
  }
}

async function open() {
  roles.forEach((role) => roleSelect.add(new Option(role, role)));
  document.getElementById("role-label").hidden = roles.length === 0;
  roleSelect.addEventListener("change", () => choose(() => takeRole(roleSelect.value)));
  tokenBox.addEventListener("change", () => choose(takeToken));
  document.getElementById("examples").addEventListener("click", putExamplesBack);
  if (sessionStorage.getItem(WANTS_EXAMPLES) || areUntouched()) {
    dropTabs();
  }
  opened = keptTab();
  if (!opened) {
    tabs = await exampleTabs(fetcherWith(""));
    [opened] = tabs;
    localStorage.setItem(GIVEN_TABS, JSON.stringify(tabs));
  }
  const role = sessionStorage.getItem(ROLE) ?? roleOf(opened.query) ?? "";
  if (roles.includes(role)) {
    // The token of a role is short-lived, so a page that is opened again asks for a new one.
    await takeRole(role);
  } else {
    use(role, sessionStorage.getItem(TOKEN) ?? "");
  }
}

open();
