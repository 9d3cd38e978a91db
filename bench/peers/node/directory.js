// The reads that the Node peers share: one prepared statement a level, columns named as the answers name them.
import pg from "pg";

const DATE = 1082;
pg.types.setTypeParser(DATE, (value) => value);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });

const COMPANY = 'npi, name, phone, npi_status AS "npiStatus", enumerated_on AS "enumeratedOn"';
const LOCATION = 'npi, kind, is_primary AS "isPrimary", is_active AS "isActive", phone, fax, time_zone AS "timeZone"';
const ORDER = "ORDER BY name_folded, npi LIMIT";

const ONE = `SELECT ${COMPANY} FROM companies WHERE npi = $1`;
const MANY = `SELECT ${COMPANY} FROM companies WHERE npi = ANY($1::text[])`;
const FIRST_PAGE = `SELECT ${COMPANY}, name_folded FROM companies ${ORDER} $1`;
const NEXT_PAGE = `SELECT ${COMPANY}, name_folded FROM companies WHERE (name_folded, npi) > ($2, $3) ${ORDER} $1`;
const LOCATIONS = `SELECT ${LOCATION} FROM locations WHERE npi = ANY($1::text[]) ORDER BY npi, rank, id`;

async function rows(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

function grouped(found) {
  const groups = new Map();
  for (const row of found) {
    const group = groups.get(row.npi);
    if (group) group.push(row);
    else groups.set(row.npi, [row]);
  }
  return groups;
}

// A page's cursor is where its last company stands in the order.
function cursor(row) {
  return Buffer.from(JSON.stringify([row.name_folded, row.npi])).toString("base64url");
}

export async function company(npi) {
  return (await rows("one", ONE, [npi]))[0] ?? null;
}

export async function companiesByNpi(npis) {
  const found = new Map((await rows("many", MANY, [npis])).map((row) => [row.npi, row]));
  return npis.map((npi) => found.get(npi) ?? null);
}

export async function companies(first, after) {
  const position = after ? JSON.parse(Buffer.from(after, "base64url").toString()) : [];
  const found = after
    ? await rows("next page", NEXT_PAGE, [first + 1, ...position])
    : await rows("first page", FIRST_PAGE, [first + 1]);
  const nodes = found.slice(0, first);
  const endCursor = nodes.length ? cursor(nodes[nodes.length - 1]) : null;
  return { nodes, pageInfo: { endCursor, hasNextPage: found.length > first } };
}

// The locations of many companies, in the companies' order and the primary ones first.
export async function locationsOf(npis) {
  const groups = grouped(await rows("locations", LOCATIONS, [npis]));
  return npis.map((npi) => groups.get(npi) ?? []);
}
