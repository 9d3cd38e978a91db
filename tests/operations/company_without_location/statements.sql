SELECT companies.name, companies.source, companies.npi_status, companies.mailing_address,
  companies.taxonomies, (SELECT '{"id":"location:' || locations.id || '"}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_e253cd52af7d, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.id, locations.rank AS key_0, locations.id AS key_1
FROM locations
WHERE true AND locations.npi = $1::VARCHAR
ORDER BY locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER;

SELECT locations.npi, count(*) AS count
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND true
GROUP BY locations.npi;
