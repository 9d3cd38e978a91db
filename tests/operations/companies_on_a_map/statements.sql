SELECT (SELECT count(*) AS count_1
FROM (SELECT 1
FROM listings
JOIN companies ON companies.npi = listings.npi
WHERE true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND (locations_1.position <@ box(point($2::FLOAT, $3::FLOAT),
  point($4::FLOAT, $5::FLOAT)))))
LIMIT $6::INTEGER) AS anon_1) AS count_0;

WITH walked_0 AS (SELECT companies.npi, companies.name
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
WHERE true AND (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND (locations_1.position <@ box(point($2::FLOAT, $3::FLOAT),
  point($4::FLOAT, $5::FLOAT)))) AS anon_1
FROM companies
WHERE companies.npi = through.npi)
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $6::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $6::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT companies.npi, companies.name
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
JOIN companies ON companies.npi = listings.npi
WHERE true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (EXISTS (SELECT *
FROM locations AS locations_2
WHERE locations_2.npi = companies.npi AND (locations_2.position <@ box(point($2::FLOAT, $3::FLOAT),
  point($4::FLOAT, $5::FLOAT))))) AND (SELECT count(*) AS count_1
FROM walked_0) < $6::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $6::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS all_0;
