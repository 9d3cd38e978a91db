SELECT companies.npi, companies.deactivated_on
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.city, locations.npi
FROM locations
WHERE locations.updated_at >= $1::TIMESTAMP WITH TIME ZONE AND locations.updated_at < $2::TIMESTAMP WITH TIME
  ZONE AND (EXISTS (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = locations.npi AND true AND listings_1.deactivated_on >= $3::DATE AND
  listings_1.deactivated_on <= $4::DATE))
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT $5::INTEGER;

WITH walked_0 AS (SELECT companies.npi, companies.deactivated_on, companies.npi_status
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 2000) AS through
WHERE true AND through.deactivated_on >= $1::DATE AND through.deactivated_on <= $2::DATE AND (SELECT
  companies.updated_at >= $3::TIMESTAMP WITH TIME ZONE AND companies.updated_at < $4::TIMESTAMP WITH TIME ZONE
  AS anon_1
FROM companies
WHERE companies.npi = through.npi)
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $5::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $5::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT companies.npi, companies.deactivated_on, companies.npi_status
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
JOIN companies ON companies.npi = listings.npi
WHERE true AND listings.deactivated_on >= $1::DATE AND listings.deactivated_on <= $2::DATE AND
  companies.updated_at >= $3::TIMESTAMP WITH TIME ZONE AND companies.updated_at < $4::TIMESTAMP WITH TIME ZONE
  AND (SELECT count(*) AS count_1
FROM walked_0) < $5::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $5::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS all_0;
