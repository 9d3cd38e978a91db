WITH walked_0 AS (SELECT companies.name
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE listings.name_folded >= $1::VARCHAR AND listings.name_folded < $2::VARCHAR
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 2000) AS through
WHERE through.name_folded >= $1::VARCHAR AND through.name_folded < $2::VARCHAR AND true
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $3::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $3::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT companies.name
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE listings.name_folded >= $1::VARCHAR AND listings.name_folded < $2::VARCHAR AND true AND true AND (SELECT
  count(*) AS count_1
FROM walked_0) < $3::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $3::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS all_0;

WITH walked_0 AS (SELECT companies.name
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
WHERE true AND (trigrams(through.name_folded) @> trigrams($1::VARCHAR)) AND strpos(through.name_folded,
  $1::VARCHAR) > 0
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $2::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT companies.name
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND (trigrams(listings.name_folded) @> trigrams($1::VARCHAR)) AND strpos(listings.name_folded,
  $1::VARCHAR) > 0 AND true AND (SELECT count(*) AS count_1
FROM walked_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS all_0;

WITH walked_0 AS (SELECT companies.name
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
WHERE true AND through.name_folded = any($1::TEXT[])
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $2::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT companies.name
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND listings.name_folded = any($1::TEXT[]) AND true AND (SELECT count(*) AS count_1
FROM walked_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS all_0;

WITH walked_0 AS (SELECT companies.name
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
WHERE true AND through.name_folded = any($1::TEXT[])
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $2::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT companies.name
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND listings.name_folded = any($1::TEXT[]) AND true AND (SELECT count(*) AS count_1
FROM walked_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS all_0;
