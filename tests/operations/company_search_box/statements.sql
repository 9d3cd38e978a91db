SELECT companies.npi, companies.name, companies.other_names, companies.further_names, (SELECT
  '{"address":{"city":' || coalesce(to_json(locations.city)::text, 'null') || ',"state":' ||
  coalesce(to_json(locations.state)::text, 'null') || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_acf5c6aeacf9
FROM companies
WHERE companies.is_active AND (companies.words @@ CAST($1::VARCHAR AS TSQUERY))
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.is_active AND (companies.words @@ CAST($1::VARCHAR AS TSQUERY))
LIMIT $2::INTEGER) AS anon_1;
