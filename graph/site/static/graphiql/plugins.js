// What is added to GraphiQL, each from a file of its own. All are made once: for another array GraphiQL closes its panel.
import { CLIENT_CODE } from "./client-code-panel.js";
import { SaveCsv } from "./csv-button.js";
import { EXPLAIN } from "./explain-panel.js";
import { EXPLORER } from "./explorer-panel.js";
import { SAVED } from "./saved-panel.js";

/** Panels on the left, below the documentation and the history: `{title, icon, content}`, the latter two components. */
export const PANELS = [EXPLORER, SAVED, CLIENT_CODE, EXPLAIN];

/** Components in the toolbar beside the editor, below GraphiQL's own buttons. */
export const TOOLS = [];

/** Components beneath the answer; `useRun` of runs.js has what they tell of. */
export const OUTCOMES = [SaveCsv];
