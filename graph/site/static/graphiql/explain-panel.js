// A panel that runs the operation, and shows where its time went: for administrators, and in development.
import {
  adviceOn,
  describeExecutor,
  fieldsWithoutStatement,
  inWords,
  ownTime,
  statementsOf,
} from "./explain.js";
import { drawIcon } from "./icons.js";
import { openTab } from "./inside.js";
import { useOperation } from "./operation.js";
import { send } from "./sending.js";

const { createElement: element, useState } = React;

// Begins a line of SQL, for the eye.
const CLAUSE = / (?=(?:FROM|WHERE|ORDER BY|GROUP BY|LIMIT|UNION ALL|(?:LEFT OUTER )?JOIN)\b)/g;

export const EXPLAIN = { title: "Explain", icon: Icon, content: Explain };

function Explain() {
  const operation = useOperation();
  const [outcome, note] = useState({});
  const run = async () => {
    note({ isRunning: true });
    note(await explain(operation));
  };
  const why = operation.problem ?? (operation.kind === "subscription" && "A subscription goes on; explain a query.");
  return element(
    "section",
    { className: "panel", "aria-label": EXPLAIN.title },
    element("h2", null, EXPLAIN.title),
    element("p", null, "Runs this tab's operation, and shows its statements, their plans, and what it costs."),
    operation.kind === "mutation" && element("p", { className: "hint" }, "A mutation changes what it says: it is run."),
    element(
      "div",
      { className: "actions" },
      element("button", { type: "button", className: "main", disabled: Boolean(why), onClick: run }, "Run and explain"),
      element("span", { className: "hint", role: "status" }, why || (outcome.isRunning && "Running ...")),
    ),
    outcome.failure && element("p", { role: "alert" }, outcome.failure),
    outcome.explained && element(Explained, { explained: outcome.explained }),
  );
}

async function explain({ query, variables }) {
  try {
    const reply = await send({ query, variables }, { ...headersOf(openTab()), "graphql-explain": "plans" });
    const { errors = [], extensions } = await reply.json();
    const failure = errors.map(({ message }) => message).join(" ");
    return { failure, explained: extensions?.explain };
  } catch {
    return { failure: "There was no answer that could be read: is the server up?" };
  }
}

function headersOf(tab) {
  try {
    return JSON.parse(tab.headers) ?? {};
  } catch {
    return {};
  }
}

function Explained({ explained }) {
  const advice = adviceOn(explained);
  const inRows = fieldsWithoutStatement(explained);
  return element(
    React.Fragment,
    null,
    element(Summary, { explained }),
    element("h3", null, "What to do"),
    advice.length > 0
      ? element("ul", { className: "advice" }, advice.map((each) => element(Advice, { key: each.text, ...each })))
      : element("p", null, "Nothing stands out."),
    element("h3", null, "Statements, on the time line"),
    element(
      "ol",
      { className: "statements" },
      statementsOf(explained).map((each, place) =>
        element(Statement, { key: place, whole: explained.milliseconds, ...each }),
      ),
    ),
    inRows.length > 0 && element("p", { className: "hint" }, `Came with the rows of others: ${inRows.join(", ")}.`),
    element(Costs, explained),
    explained.source && element(More, { title: "The Python it was compiled to", text: explained.source.join("\n") }),
  );
}

function Summary({ explained }) {
  const { milliseconds, cost, cache } = explained;
  const isKept = cache.maxAge > 0 ? `${cache.maxAge} s, ${cache.scope.toLowerCase()}` : "not by others";
  const facts = {
    Time: inWords(milliseconds),
    "Without statements": inWords(ownTime(explained)),
    "Cost at most": cost,
    "May be kept": isKept,
  };
  return element(
    React.Fragment,
    null,
    element("dl", null, Object.entries(facts).flatMap(([name, value]) => [
      element("dt", { key: name }, name),
      element("dd", { key: `${name} is` }, value),
    ])),
    element("p", { className: "hint" }, describeExecutor(explained)),
    cache.tags?.length > 0 && element(More, { title: "What the answer depends on", text: cache.tags.join("\n") }),
  );
}

function Advice({ text, page }) {
  const link = element("a", { href: page, target: "_blank", rel: "noopener" }, "Read on");
  return element("li", null, `${text} `, link);
}

function Statement({ field, cache, sql, rows, keys, sentAt, milliseconds, plan, whole }) {
  const kept = cache ? `kept rows: ${cache.outcome}` : "";
  const facts = [inWords(milliseconds), count(rows, "row"), keys ? count(keys, "key") : "", kept];
  return element(
    "li",
    null,
    element(
      "details",
      null,
      element(
        "summary",
        null,
        element("b", null, field ?? "no field's"),
        element("small", null, facts.filter(Boolean).join(" · ")),
        element(Bar, { from: sentAt / whole, part: milliseconds / whole }),
      ),
      element("pre", { tabIndex: 0, "aria-label": "SQL" }, sql.replace(CLAUSE, "\n")),
      plan && element("pre", { tabIndex: 0, "aria-label": "Plan" }, plan),
    ),
  );
}

// Where on the way from the beginning to the end something was, for the eye: its figures stand beside it.
function Bar({ from, part }) {
  const style = { marginLeft: `${Math.min(from, 0.99) * 100}%`, width: `max(2px, ${Math.min(part, 1 - from) * 100}%)` };
  return element("span", { className: "bar", "aria-hidden": true }, element("span", { style }));
}

function Costs({ costs, cost }) {
  return element(
    React.Fragment,
    null,
    element("h3", null, "What each field can cost"),
    element(
      "ul",
      { className: "costs" },
      costs.map((each) =>
        element(
          "li",
          { key: each.path },
          element("b", null, each.path),
          element("small", null, each.cost),
          element(Bar, { from: 0, part: cost ? each.cost / cost : 0 }),
        ),
      ),
    ),
  );
}

function More({ title, text }) {
  const shown = element("pre", { tabIndex: 0, "aria-label": title }, text);
  return element("details", null, element("summary", null, title), shown);
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function Icon() {
  return drawIcon("M3 5h10M8 10h11M6 15h6M13 20h8");
}
