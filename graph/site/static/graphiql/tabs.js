// The tabs that the page opens with: those that were kept, or the examples.
import { exampleTabs } from "./examples.js";

// Where GraphiQL keeps its tabs.
const KEPT_TABS = "graphiql:tabState";
const KEPT_EDITORS = ["graphiql:query", "graphiql:variables", "graphiql:headers", "graphiql:operationName"];
// The example tabs as they were given.
const GIVEN_TABS = "ariesone.given";
const WANTS_EXAMPLES = "ariesone.examples";

/** Return the tabs to open where none are kept, and the one that is shown; `ask` runs an operation. */
export async function openingTabs(ask) {
  if (sessionStorage.getItem(WANTS_EXAMPLES) || areUntouched()) {
    dropTabs();
  }
  const kept = keptTab();
  if (kept) {
    return { shown: kept };
  }
  const tabs = await exampleTabs(ask);
  localStorage.setItem(GIVEN_TABS, JSON.stringify(tabs));
  return { tabs, shown: tabs[0] };
}

/** Open the page again with the examples.
 *
 * GraphiQL writes its tabs down half a second late, so they are dropped once the page is gone that may do it.
 */
export function putExamplesBack() {
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
