// The reads that the JavaScript peers share, over a driver's `rows(name, statement, values)`: one prepared statement
// a level, columns named as the answers name them.
import { Page } from "./page.js";

const COMPANY = `'company:' || npi AS id, npi, name, phone, npi_status AS "npiStatus",
  enumerated_on::text AS "enumeratedOn"`;
const LOCATION = `'location:' || id AS id, npi, kind, is_primary AS "isPrimary", is_active AS "isActive", phone, fax,
  time_zone AS "timeZone"`;
const BY_NAME = "ORDER BY name_folded, npi LIMIT";

const ONE = `SELECT ${COMPANY} FROM companies WHERE npi = $1`;
const MANY = `SELECT ${COMPANY} FROM companies WHERE npi = ANY($1::text[])`;
const FIRST_PAGE = `SELECT ${COMPANY}, name_folded FROM companies ${BY_NAME} $1`;
const NEXT_PAGE = `SELECT ${COMPANY}, name_folded FROM companies WHERE (name_folded, npi) > ($2, $3) ${BY_NAME} $1`;
const LOCATIONS = `SELECT ${LOCATION} FROM locations WHERE npi = ANY($1::text[]) ORDER BY npi, rank, locations.id`;

// The conditions of this server's own statements.
const FILTERED = `array_to_tsvector(taxonomy_codes) @@ $2::text::tsquery AND EXISTS (SELECT FROM locations AS primaries
  WHERE primaries.npi = companies.npi AND primaries.is_primary AND coalesce(primaries.state, '') = ANY($1::text[]))`;
// By the names of CompanyOrderField: the key in SQL, and the member of a row that a cursor holds it from.
const KEYS = {
  NAME: ["name_folded", "name_folded"],
  ENUMERATED_ON: ["coalesce(enumerated_on, '-infinity'::date)", "enumeratedOn"],
};
const COUNT = `SELECT count(*)::integer AS count FROM (SELECT FROM companies WHERE ${FILTERED} LIMIT $3) AS found`;
// Counting stops there.
const MOST = 10_000;

const ZIP = "SELECT position[0] AS longitude, position[1] AS latitude FROM zips WHERE zip = $1";
const DISTANCE = "distance_km(position, point($1::float8, $2::float8))";
const BOX = "box(point($3::float8, $4::float8), point($5::float8, $6::float8))";
const NEAR = `SELECT ${LOCATION}, ${DISTANCE} / 1.609344 AS distance FROM locations
  WHERE position <@ ${BOX} AND ${DISTANCE} <= $7::float8 ORDER BY ${DISTANCE}, locations.id LIMIT $8`;
const KM_PER_MILE = 1.609344;
const KM_PER_DEGREE = (6371.0088 * Math.PI) / 180;

// A page's cursor is where a row stands in the order.
const encoded = (position) => Buffer.from(JSON.stringify(position)).toString("base64url");
const decoded = (cursor) => JSON.parse(Buffer.from(cursor, "base64url").toString());
const cursorBy = (member) => (company) => encoded([company[member], company.npi]);
const cursorByName = cursorBy("name_folded");
const locationCursor = (location) => encoded([location.id]);

const tsquery = (prefixes) => prefixes.map((prefix) => `'${prefix}':*`).join(" | ");

function box(longitude, latitude, km) {
  const tall = km / KM_PER_DEGREE;
  const wide = tall / Math.cos(((Math.abs(latitude) + tall) * Math.PI) / 180);
  return [longitude - wide, latitude - tall, longitude + wide, latitude + tall];
}

export function directoryOver(rows) {
  async function companiesByNpi(npis) {
    const found = new Map((await rows("many", MANY, [npis])).map((row) => [row.npi, row]));
    return npis.map((npi) => found.get(npi) ?? null);
  }

  async function filtered(first, { state, taxonomyPrefix }, [{ field, direction }]) {
    const [key, member] = KEYS[field];
    const order = `ORDER BY ${key} ${direction}, npi ${direction} LIMIT $3`;
    const statement = `SELECT ${COMPANY}, name_folded FROM companies WHERE ${FILTERED} ${order}`;
    const values = [state, tsquery(taxonomyPrefix)];
    const found = await rows(`filtered by ${field} ${direction}`, statement, [...values, first + 1]);
    const count = async () => (await rows("count", COUNT, [...values, MOST + 1]))[0].count;
    return new Page(found, first, cursorBy(member), async () => ({ value: Math.min(await count(), MOST) }));
  }

  return {
    companiesByNpi,

    async company(npi) {
      return (await rows("one", ONE, [npi]))[0] ?? null;
    },

    async companies({ first, after, filter, orderBy }) {
      if (filter) return filtered(first, filter, orderBy);
      const found = after
        ? await rows("next page", NEXT_PAGE, [first + 1, ...decoded(after)])
        : await rows("first page", FIRST_PAGE, [first + 1]);
      return new Page(found, first, cursorByName);
    },

    // The locations of many companies, in the companies' order and the primary ones first.
    async locationsOf(npis) {
      const groups = new Map(npis.map((npi) => [npi, []]));
      for (const row of await rows("locations", LOCATIONS, [npis])) groups.get(row.npi).push(row);
      return npis.map((npi) => groups.get(npi));
    },

    async locationsNear({ first, near }) {
      const [{ longitude, latitude }] = await rows("zip", ZIP, [near.postalCode]);
      const km = near.radius * KM_PER_MILE;
      const values = [longitude, latitude, ...box(longitude, latitude, km), km, first + 1];
      return new Page(await rows("near", NEAR, values), first, locationCursor);
    },

    pageOfLocations: (found, first) => new Page(found, first, locationCursor),
  };
}
