SELECT companies.npi, companies.name, companies.enumerated_on, (SELECT '{"address":{"formatted":' ||
  to_json(concat_ws(', ', nullif(locations.line1, ''), nullif(locations.line2, ''), nullif(locations.city,
  ''), nullif(concat_ws(' ', nullif(locations.state, ''), nullif(concat_ws('-', nullif(locations.postal_code,
  ''), nullif(locations.plus4, '')), '')), ''), nullif(nullif(locations.country, 'US'), '')))::text ||
  ',"city":' || coalesce(to_json(locations.city)::text, 'null') || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_4509e468a11f
FROM companies
WHERE true
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;

SELECT companies.npi, companies.name, companies.enumerated_on, (SELECT '{"address":{"formatted":' ||
  to_json(concat_ws(', ', nullif(locations.line1, ''), nullif(locations.line2, ''), nullif(locations.city,
  ''), nullif(concat_ws(' ', nullif(locations.state, ''), nullif(concat_ws('-', nullif(locations.postal_code,
  ''), nullif(locations.plus4, '')), '')), ''), nullif(nullif(locations.country, 'US'), '')))::text ||
  ',"city":' || coalesce(to_json(locations.city)::text, 'null') || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_4509e468a11f
FROM companies
WHERE true
ORDER BY companies.npi DESC
LIMIT $1::INTEGER;
