WITH first_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 1000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = through.npi AND (locations_1.position <@ box(point($2::FLOAT, $3::FLOAT),
  point($4::FLOAT, $5::FLOAT)))) AS anon_1)
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $6::INTEGER), further_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 8000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM locations AS locations_2
WHERE locations_2.npi = through.npi AND (locations_2.position <@ box(point($2::FLOAT, $3::FLOAT),
  point($4::FLOAT, $5::FLOAT)))) AS anon_2) AND (SELECT count(*) AS count_2
FROM first_0) < $6::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $6::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $6::INTEGER) SELECT companies.npi, companies.name
FROM companies
JOIN (SELECT first_0.npi AS npi
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $6::INTEGER
UNION ALL SELECT further_0.npi AS npi
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $6::INTEGER
UNION ALL (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM locations AS locations_3
WHERE locations_3.npi = listings.npi AND (locations_3.position <@ box(point($2::FLOAT, $3::FLOAT),
  point($4::FLOAT, $5::FLOAT)))) AS anon_3) AND true AND (SELECT count(*) AS count_2
FROM first_0) < $6::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $6::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $6::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $7::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC;

WITH first_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 1000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = through.npi AND (locations_1.position <@ box(point($2::FLOAT, $3::FLOAT),
  point($4::FLOAT, $5::FLOAT)))) AS anon_1)
ORDER BY through.place_0 ASC
LIMIT (SELECT $6::INTEGER AS anon_2)), further_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 25000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM locations AS locations_2
WHERE locations_2.npi = through.npi AND (locations_2.position <@ box(point($2::FLOAT, $3::FLOAT),
  point($4::FLOAT, $5::FLOAT)))) AS anon_3) AND (SELECT count(*) AS count_3
FROM first_0) < $6::INTEGER AND (SELECT count(*) AS count_3
FROM first_0) * 20 >= $6::INTEGER
ORDER BY through.place_0 ASC
LIMIT (SELECT $6::INTEGER AS anon_2)) SELECT CASE WHEN ((SELECT count(*) AS count_1
FROM first_0) >= $6::INTEGER) THEN $6::INTEGER WHEN ((SELECT count(*) AS count_2
FROM further_0) >= $6::INTEGER) THEN $6::INTEGER WHEN $7::BOOLEAN THEN (SELECT count(*) AS count_4
FROM companies) ELSE (SELECT count(*) AS count_5
FROM (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM locations AS locations_3
WHERE locations_3.npi = listings.npi AND (locations_3.position <@ box(point($2::FLOAT, $3::FLOAT),
  point($4::FLOAT, $5::FLOAT)))) AS anon_5) AND true AND (SELECT count(*) AS count_3
FROM first_0) < $6::INTEGER AND (SELECT count(*) AS count_6
FROM further_0) < $6::INTEGER
LIMIT (SELECT $6::INTEGER AS anon_2)) AS anon_4) END AS count_0;
