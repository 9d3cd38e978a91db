SELECT companies.npi, companies.name, companies.taxonomies, (SELECT '{"address":{"state":' ||
  coalesce(to_json(locations.state)::text, 'null') || ',"city":' || coalesce(to_json(locations.city)::text,
  'null') || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_bd5e2c9e1f60
FROM companies
WHERE companies.is_active AND companies.npi_status = any($1::TEXT[]) AND
  (array_to_tsvector(companies.taxonomy_codes) @@ CAST($2::VARCHAR AS TSQUERY)) AND (EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND locations_1.is_primary AND coalesce(locations_1.state, '') =
  any($3::TEXT[])))
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $4::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.is_active AND companies.npi_status = any($1::TEXT[]) AND
  (array_to_tsvector(companies.taxonomy_codes) @@ CAST($2::VARCHAR AS TSQUERY)) AND (EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND locations_1.is_primary AND coalesce(locations_1.state, '') =
  any($3::TEXT[])))
LIMIT $4::INTEGER) AS anon_1;
