SELECT companies.name, companies.source, companies.npi_status, companies.mailing_address,
  companies.taxonomies, (SELECT '{"id":"location:' || locations.id || '"}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_e253cd52af7d, (SELECT
  '{"totalCount":{"value":' || (SELECT least(count(*), 1000)::text
FROM (SELECT
FROM locations
WHERE locations.npi = companies.npi
LIMIT 1001) AS counted) || ',"precision":' || (SELECT '"' || CASE WHEN count(*) > 1000 THEN 'AT_LEAST' ELSE
  'EXACT' END || '"'
FROM (SELECT
FROM locations
WHERE locations.npi = companies.npi
LIMIT 1001) AS counted) || '},"pageInfo":{"hasNextPage":' || CASE WHEN page.found > $2::int THEN 'true' ELSE
  'false' END || ',"hasPreviousPage":false,"startCursor":' || coalesce('"' || page.cursors[least(1, $2::int)]
  || '"', 'null') || ',"endCursor":' || coalesce('"' || page.cursors[least(page.found, $2::int)] || '"',
  'null') || '},"edges":[' || array_to_string(coalesce(page.rows_0[:$2::int], '{}'), ',') || ']}'
FROM (SELECT count(*) AS found, array_agg(('{"cursor":"' || locations.cursor || '","node":{"id":"location:' ||
  locations.id || '"}}')::text) AS rows_0, array_agg(locations.cursor) AS cursors
FROM (SELECT 'WyJlNjQzZjlkNjRmZmE6' || encode((locations.npi || ';",' || locations.rank || ',"' ||
  locations.id || '"]')::bytea, 'base64') AS cursor, locations.id
FROM locations
WHERE locations.npi = companies.npi
ORDER BY locations.rank, locations.id
LIMIT $2::int + 1) AS locations) AS page) AS nested_231fc7001a5a, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);
