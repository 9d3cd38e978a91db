SELECT companies.name, companies.taxonomies, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE locations.is_primary AND (EXISTS (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = locations.npi AND true AND (listings_1.facets @@ CAST($1::VARCHAR AS TSQUERY)))) AND
  (coalesce(locations.state, '') = any($2::TEXT[])) IS NOT true
LIMIT $3::INTEGER) AS anon_1;

SELECT locations.state, locations.city, locations.npi
FROM locations
WHERE locations.is_primary AND (EXISTS (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = locations.npi AND true AND (listings_1.facets @@ CAST($1::VARCHAR AS TSQUERY)))) AND
  (coalesce(locations.state, '') = any($2::TEXT[])) IS NOT true
ORDER BY coalesce(locations.state, '') DESC, locations.id DESC
LIMIT $3::INTEGER;
