SELECT companies.npi, companies.name, companies.is_active, companies.npi_status, (SELECT
  '{"address":{"formatted":' || to_json(concat_ws(', ', nullif(locations.line1, ''), nullif(locations.line2,
  ''), nullif(locations.city, ''), nullif(concat_ws(' ', nullif(locations.state, ''), nullif(concat_ws('-',
  nullif(locations.postal_code, ''), nullif(locations.plus4, '')), '')), ''), nullif(nullif(locations.country,
  'US'), '')))::text || '},"phone":' || coalesce(to_json(locations.phone)::text, 'null') || '}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_4dadd8fdecf1
FROM companies
WHERE companies.npi = any($1::TEXT[]);
