// What the server tells of one run of an operation (extensions.explain), put in order for people.

// Of a whole run: the part from which something is worth saying, and the milliseconds below which nothing is slow.
const MUCH = 0.5;
const SLOW = 20;

const EXECUTORS = {
  compiled: "It ran as compiled code.",
  interpreted: "It ran step by step, as operations do that were seen for the first time.",
  completed: "It ran as compiled code, then field by field, since something failed or was refused.",
  "graphql-core": "graphql-core ran it, which is slower.",
};

/** Return how it ran, as a sentence. */
export function describeExecutor({ executor }) {
  return EXECUTORS[executor] ?? `It was run by ${executor}.`;
}

/** Return all statements as they were sent, each with the `field` that it is for, if any, and that one's `cache`. */
export function statementsOf({ fields, others }) {
  const told = ({ field, cache, statements }) => statements.map((each) => ({ field, cache, ...each }));
  const ofFields = fields.flatMap(told);
  return [...ofFields, ...others].sort((one, other) => one.sentAt - other.sentAt);
}

/** Return the fields that came with the row of their owner, and needed no statement. */
export function fieldsWithoutStatement({ fields }) {
  return fields.filter(({ source }) => source === "owner's row").map(({ field }) => field);
}

/** Return the milliseconds of the run in which no statement was under way. */
export function ownTime(explained) {
  let covered = 0;
  let end = 0;
  for (const { sentAt, milliseconds } of statementsOf(explained)) {
    covered += Math.max(0, sentAt + milliseconds - Math.max(end, sentAt));
    end = Math.max(end, sentAt + milliseconds);
  }
  return Math.max(0, explained.milliseconds - covered);
}

/** Return what stands out, and what to do about it: `text`, and the page of the docs that has more. */
export function adviceOn(explained) {
  const found = [...adviceOnExecutor(explained), ...adviceOnTime(explained)];
  const slow = statementsOf(explained).filter(({ milliseconds }) => milliseconds >= SLOW);
  return [...found, ...slow.flatMap((each) => adviceOnStatement(each, explained))];
}

function adviceOnExecutor({ executor }) {
  const page = "/docs/performance#how-an-operation-runs";
  if (executor === "interpreted") {
    return [{ text: "Explain it again: an operation that comes back is compiled, and then it is faster.", page }];
  }
  return executor === "graphql-core" ? [{ text: "An operation without introspection is compiled.", page }] : [];
}

function adviceOnTime(explained) {
  const own = ownTime(explained);
  if (own < SLOW || own < explained.milliseconds * MUCH) {
    return [];
  }
  const text = `${inWords(own)} weren't spent in statements, but in making the answer, or waiting for a connection.`;
  return [{ text, page: "/docs/performance#where-the-time-goes" }];
}

function adviceOnStatement({ field, milliseconds, plan }, explained) {
  const name = field ?? "A statement";
  const found = [];
  const again = Number(/Execution Time: ([\d.]+) ms/.exec(plan ?? "")?.[1] ?? milliseconds);
  if (again < milliseconds * (1 - MUCH)) {
    const times = `${inWords(milliseconds)}, and run again ${inWords(again)}`;
    const text = `${name} took ${times}: it waited, or read from the disk.`;
    found.push({ text, page: "/docs/troubleshooting#database-pool" });
  } else if (milliseconds >= explained.milliseconds * MUCH) {
    const text = `${name} takes most of the time: the step with the longest time in its plan is the one to mend.`;
    found.push({ text, page: "/docs/operators#slow-operations" });
  }
  const table = /Seq Scan on (\w+)/.exec(plan ?? "")?.[1];
  if (table) {
    const text = `${name} reads all of the table ${table}: a filter with an index reads less.`;
    found.push({ text, page: "/docs/troubleshooting#database-missing-indexes" });
  }
  if (/Sort Method: external/.test(plan ?? "")) {
    const text = `${name} sorts on the disk: a narrower filter, or more work_mem for PostgreSQL, keeps it in memory.`;
    found.push({ text, page: "/docs/troubleshooting#database-statistics" });
  }
  return found;
}

/** Return milliseconds as people read them. */
export function inWords(milliseconds) {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}
