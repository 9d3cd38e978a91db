SELECT companies.npi, companies.name, companies.taxonomies, (SELECT '{"address":{"city":' ||
  coalesce(to_json(locations.city)::text, 'null') || ',"state":' || coalesce(to_json(locations.state)::text,
  'null') || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_acf5c6aeacf9
FROM companies
WHERE ((EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND locations_1.is_primary AND coalesce(locations_1.state, '') =
  any($1::TEXT[]))) AND (array_to_tsvector(companies.taxonomy_codes) @@ CAST($2::VARCHAR AS TSQUERY)) OR
  companies.name_folded >= $3::VARCHAR AND companies.name_folded < $4::VARCHAR OR companies.npi =
  any($5::TEXT[])) AND (NOT companies.is_active OR (EXISTS (SELECT *
FROM locations AS locations_2
WHERE locations_2.npi = companies.npi AND coalesce(locations_2.city_folded, '') = any($6::TEXT[])))) IS NOT
  true
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $7::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE ((EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND locations_1.is_primary AND coalesce(locations_1.state, '') =
  any($1::TEXT[]))) AND (array_to_tsvector(companies.taxonomy_codes) @@ CAST($2::VARCHAR AS TSQUERY)) OR
  companies.name_folded >= $3::VARCHAR AND companies.name_folded < $4::VARCHAR OR companies.npi =
  any($5::TEXT[])) AND (NOT companies.is_active OR (EXISTS (SELECT *
FROM locations AS locations_2
WHERE locations_2.npi = companies.npi AND coalesce(locations_2.city_folded, '') = any($6::TEXT[])))) IS NOT
  true
LIMIT $7::INTEGER) AS anon_1;
