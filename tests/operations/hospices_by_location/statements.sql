SELECT companies.name, companies.taxonomies, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE locations.is_primary AND (EXISTS (SELECT *
FROM companies AS companies_1
WHERE companies_1.npi = locations.npi AND companies_1.npi_status = any($1::TEXT[]) AND
  (array_to_tsvector(companies_1.taxonomy_codes) @@ CAST($2::VARCHAR AS TSQUERY)))) AND
  (coalesce(locations.state, '') = any($3::TEXT[])) IS NOT true
LIMIT $4::INTEGER) AS anon_1;

SELECT locations.state, locations.city, locations.npi
FROM locations
WHERE locations.is_primary AND (EXISTS (SELECT *
FROM companies AS companies_1
WHERE companies_1.npi = locations.npi AND companies_1.npi_status = any($1::TEXT[]) AND
  (array_to_tsvector(companies_1.taxonomy_codes) @@ CAST($2::VARCHAR AS TSQUERY)))) AND
  (coalesce(locations.state, '') = any($3::TEXT[])) IS NOT true
ORDER BY coalesce(locations.state, '') DESC, locations.id DESC
LIMIT $4::INTEGER;
