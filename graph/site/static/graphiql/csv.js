// The one list of an answer as CSV (RFC 4180), written as the server does for text/csv (graph/execution/flat.py).

// What a spreadsheet takes for a formula begins so, but for a number with its sign.
const FORMULA = /^[=+\-@\t\r]/;
const SIGNED = /^[+-][0-9]+(\.[0-9]+)?$/;
const BETWEEN = "; ";

/** Return the `name` and the `rows` of the one list in an answer's data, or `why` it can't be saved, as a sentence. */
export function findList(data) {
  const lists = [...listsIn(data, [])];
  if (lists.length === 0) {
    return { why: "The answer has no list of objects." };
  }
  if (lists.length > 1) {
    const names = new Intl.ListFormat("en").format(lists.map(({ name }) => name));
    return { why: `The answer has ${lists.length} lists, ${names}: ask for one of them.` };
  }
  const [{ name, rows }] = lists;
  if (rows.length === 0) {
    return { why: `The list ${name} is empty.` };
  }
  const inner = innerList(rows, []);
  return inner ? { why: `Each row of ${name} has a list of objects, ${inner}: leave it out.` } : { name, rows };
}

/** Return rows as CSV: a column for each value, named by what leads to it, such as primaryLocation.city. */
export function writeCsv(rows) {
  const ways = [...waysIn(columnsOf(rows), [])];
  const lines = [ways.map((way) => way.join(".")), ...rows.map((row) => ways.map((way) => cell(valueAt(row, way))))];
  return lines.map((cells) => `${line(cells)}\r\n`).join("");
}

// The lists of objects that aren't in other lists.
function* listsIn(value, way) {
  if (isListOfObjects(value)) {
    yield { name: way.join("."), rows: value };
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      yield* listsIn(inner, [...way, key]);
    }
  }
}

// What leads to a list of objects in the rows of another one, if there is any.
function innerList(rows, way) {
  for (const row of rows.filter(isObject)) {
    for (const [key, value] of Object.entries(row)) {
      const here = [...way, key];
      if (isListOfObjects(value) && value.length > 0) {
        return here.join(".");
      }
      const found = isObject(value) && innerList([value], here);
      if (found) {
        return found;
      }
    }
  }
  return undefined;
}

// The columns of all rows, those of an object under its key; a row's object may be null, so every row is looked at.
function columnsOf(rows, columns = new Map()) {
  for (const row of rows.filter(isObject)) {
    for (const [key, value] of Object.entries(row)) {
      const known = columns.get(key);
      columns.set(key, isObject(value) ? columnsOf([value], known ?? new Map()) : (known ?? null));
    }
  }
  return columns;
}

function* waysIn(columns, way) {
  for (const [key, inner] of columns) {
    yield* inner ? waysIn(inner, [...way, key]) : [[...way, key]];
  }
}

function valueAt(row, way) {
  return way.reduce((value, key) => value?.[key], row);
}

function cell(value) {
  if (value === null || value === undefined) {
    return "";
  }
  const text = Array.isArray(value) ? value.map(plain).join(BETWEEN) : value;
  return typeof text === "string" && FORMULA.test(text) && !SIGNED.test(text) ? `'${text}` : String(text);
}

function plain(value) {
  return typeof value === "string" ? value : cell(value);
}

// A line of one empty cell would be no line.
function line(cells) {
  return cells.length === 1 && cells[0] === "" ? '""' : cells.map(quoted).join(",");
}

function quoted(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// An empty list is taken for one: it may be.
function isListOfObjects(value) {
  return Array.isArray(value) && value.every((each) => each === null || isObject(each));
}
