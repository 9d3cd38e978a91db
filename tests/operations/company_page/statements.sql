SELECT companies.npi, companies.name, companies.other_names, companies.further_names, companies.is_active,
  companies.npi_status, companies.deactivated_on, companies.reactivated_on, companies.enumerated_on,
  companies.nppes_updated_on, companies.certified_on, companies.is_subpart, companies.parent_name,
  companies.taxonomies, companies.identifiers, companies.mailing_address, companies.phone, companies.fax,
  companies.website, companies.source, companies.version, (SELECT '{"id":"location:' || locations.id ||
  '","isPrimary":' || CASE WHEN locations.is_primary THEN 'true' ELSE 'false' END || '}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_a1a62dcf423e, (SELECT
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
  'false' END || ',"endCursor":' || coalesce('"' || page.cursors[least(page.found, $2::int)] || '"', 'null')
  || '},"nodes":[' || array_to_string(coalesce(page.rows_0[:$2::int], '{}'), ',') || ']}'
FROM (SELECT count(*) AS found, array_agg(('{"id":"location:' || locations.id || '","name":' ||
  coalesce(to_json(locations.name)::text, 'null') || ',"kind":"' || locations.kind || '","isPrimary":' || CASE
  WHEN locations.is_primary THEN 'true' ELSE 'false' END || ',"isActive":' || CASE WHEN locations.is_active
  THEN 'true' ELSE 'false' END || ',"address":{"line1":' || coalesce(to_json(locations.line1)::text, 'null')
  || ',"line2":' || coalesce(to_json(locations.line2)::text, 'null') || ',"city":' ||
  coalesce(to_json(locations.city)::text, 'null') || ',"state":' || coalesce(to_json(locations.state)::text,
  'null') || ',"postalCode":' || coalesce(to_json(locations.postal_code)::text, 'null') || ',"plus4":' ||
  coalesce(to_json(locations.plus4)::text, 'null') || ',"country":' || to_json(locations.country)::text ||
  ',"formatted":' || to_json(concat_ws(', ', nullif(locations.line1, ''), nullif(locations.line2, ''),
  nullif(locations.city, ''), nullif(concat_ws(' ', nullif(locations.state, ''), nullif(concat_ws('-',
  nullif(locations.postal_code, ''), nullif(locations.plus4, '')), '')), ''), nullif(nullif(locations.country,
  'US'), '')))::text || '},"phone":' || coalesce(to_json(locations.phone)::text, 'null') ||
  ',"phoneExtension":' || coalesce(to_json(locations.phone_extension)::text, 'null') || ',"fax":' ||
  coalesce(to_json(locations.fax)::text, 'null') || ',"email":' || coalesce(to_json(locations.email)::text,
  'null') || ',"position":' || CASE WHEN locations.position IS NULL THEN 'null' ELSE '{"latitude":' || CASE
  WHEN locations.position[1] = trunc(locations.position[1]) THEN locations.position[1]::text || '.0' ELSE
  locations.position[1]::text END || ',"longitude":' || CASE WHEN locations.position[0] =
  trunc(locations.position[0]) THEN locations.position[0]::text || '.0' ELSE locations.position[0]::text END
  || ',"precision":"' || locations.position_precision || '"}' END || ',"timeZone":' ||
  coalesce(to_json(locations.time_zone)::text, 'null') || ',"source":"' || locations.source || '","version":'
  || locations.version::text || '}')::text) AS rows_0, array_agg(locations.cursor) AS cursors
FROM (SELECT locations.id, locations.name, locations.kind, locations.is_primary, locations.is_active,
  locations.line1, locations.line2, locations.city, locations.state, locations.postal_code, locations.plus4,
  locations.country, locations.phone, locations.phone_extension, locations.fax, locations.email,
  locations.position, locations.position_precision, locations.time_zone, locations.source, locations.version,
  'WyJlNjQzZjlkNjRmZmE6' || encode((locations.npi || ';",' || locations.rank || ',"' || locations.id ||
  '"]')::bytea, 'base64') AS cursor
FROM locations
WHERE locations.npi = companies.npi
ORDER BY locations.rank, locations.id
LIMIT $2::int + 1) AS locations) AS page) AS nested_1a7b24c1fc29
FROM companies
WHERE companies.npi = any($1::TEXT[]);
