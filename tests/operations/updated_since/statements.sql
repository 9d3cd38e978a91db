WITH first_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, coalesce(listings.nppes_updated_on, '-infinity'::date) AS place_0, listings.npi
  AS place_1
FROM listings
WHERE coalesce(listings.nppes_updated_on, '-infinity'::date) >= $1::DATE AND
  coalesce(listings.nppes_updated_on, '-infinity'::date) > '-infinity'::date AND
  coalesce(listings.nppes_updated_on, '-infinity'::date) <= $2::DATE AND coalesce(listings.nppes_updated_on,
  '-infinity'::date) > '-infinity'::date
ORDER BY coalesce(listings.nppes_updated_on, '-infinity'::date) DESC, listings.npi DESC
LIMIT 1000) AS through
WHERE true
ORDER BY through.place_0 DESC, through.place_1 DESC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC, fitting.place_1 DESC
LIMIT $3::INTEGER), further_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, coalesce(listings.nppes_updated_on, '-infinity'::date) AS place_0, listings.npi
  AS place_1
FROM listings
WHERE coalesce(listings.nppes_updated_on, '-infinity'::date) >= $1::DATE AND
  coalesce(listings.nppes_updated_on, '-infinity'::date) > '-infinity'::date AND
  coalesce(listings.nppes_updated_on, '-infinity'::date) <= $2::DATE AND coalesce(listings.nppes_updated_on,
  '-infinity'::date) > '-infinity'::date
ORDER BY coalesce(listings.nppes_updated_on, '-infinity'::date) DESC, listings.npi DESC
LIMIT 8000) AS through
WHERE true AND (SELECT count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $3::INTEGER
ORDER BY through.place_0 DESC, through.place_1 DESC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC, fitting.place_1 DESC
LIMIT $3::INTEGER) SELECT companies.npi, companies.nppes_updated_on, coalesce(companies.nppes_updated_on,
  '-infinity'::date) AS key_0, companies.npi AS key_1
FROM companies
JOIN (SELECT first_0.npi AS npi
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $3::INTEGER
UNION ALL SELECT further_0.npi AS npi
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $3::INTEGER
UNION ALL (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, coalesce(listings.nppes_updated_on, '-infinity'::date) AS place_0,
  listings.npi AS place_1
FROM listings
WHERE true AND coalesce(listings.nppes_updated_on, '-infinity'::date) >= $1::DATE AND
  coalesce(listings.nppes_updated_on, '-infinity'::date) > '-infinity'::date AND
  coalesce(listings.nppes_updated_on, '-infinity'::date) <= $2::DATE AND coalesce(listings.nppes_updated_on,
  '-infinity'::date) > '-infinity'::date AND true AND true AND (SELECT count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $3::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC, fitting.place_1 DESC
LIMIT $3::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $4::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY coalesce(companies.nppes_updated_on, '-infinity'::date) DESC, companies.npi DESC;

WITH first_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 1000) AS through
WHERE coalesce(through.nppes_updated_on, '-infinity'::date) >= $1::DATE AND coalesce(through.nppes_updated_on,
  '-infinity'::date) > '-infinity'::date AND coalesce(through.nppes_updated_on, '-infinity'::date) <= $2::DATE
  AND coalesce(through.nppes_updated_on, '-infinity'::date) > '-infinity'::date
ORDER BY through.place_0 ASC
LIMIT (SELECT $3::INTEGER AS anon_1)), further_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 25000) AS through
WHERE coalesce(through.nppes_updated_on, '-infinity'::date) >= $1::DATE AND coalesce(through.nppes_updated_on,
  '-infinity'::date) > '-infinity'::date AND coalesce(through.nppes_updated_on, '-infinity'::date) <= $2::DATE
  AND coalesce(through.nppes_updated_on, '-infinity'::date) > '-infinity'::date AND (SELECT count(*) AS
  count_3
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_3
FROM first_0) * 20 >= $3::INTEGER
ORDER BY through.place_0 ASC
LIMIT (SELECT $3::INTEGER AS anon_1)) SELECT CASE WHEN ((SELECT count(*) AS count_1
FROM first_0) >= $3::INTEGER) THEN $3::INTEGER WHEN ((SELECT count(*) AS count_2
FROM further_0) >= $3::INTEGER) THEN $3::INTEGER WHEN $4::BOOLEAN THEN (SELECT count(*) AS count_4
FROM companies) ELSE (SELECT count(*) AS count_5
FROM (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
WHERE true AND true AND coalesce(listings.nppes_updated_on, '-infinity'::date) >= $1::DATE AND
  coalesce(listings.nppes_updated_on, '-infinity'::date) > '-infinity'::date AND
  coalesce(listings.nppes_updated_on, '-infinity'::date) <= $2::DATE AND coalesce(listings.nppes_updated_on,
  '-infinity'::date) > '-infinity'::date AND true AND (SELECT count(*) AS count_3
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_6
FROM further_0) < $3::INTEGER
LIMIT (SELECT $3::INTEGER AS anon_1)) AS anon_2) END AS count_0;
