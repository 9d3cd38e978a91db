SELECT asked.id AS list_id, (SELECT min(cursor)
FROM change_marks) AS floor, (SELECT coalesce(max(id), 0)
FROM changes) AS newest , scanned.read_to, scanned.number, found.*
FROM unnest(CAST($1 AS uuid[])) AS asked (id) CROSS
JOIN (SELECT max(id) AS read_to, 0 AS number
FROM changes) AS scanned LEFT
JOIN LATERAL ( SELECT each.id AS place
FROM watch_list_members m CROSS
JOIN LATERAL ( SELECT changes.id
FROM changes
WHERE changes.npi = m.npi AND changes.id > CAST($2 AS bigint)
ORDER BY changes.id
LIMIT CAST($3 AS bigint) ) AS each
WHERE m.list_id = asked.id
ORDER BY each.id
LIMIT CAST($3 AS bigint) ) AS listed ON true LEFT
JOIN LATERAL ( SELECT id, npi, location_id, license_id, kind, fields, occurred_at, old, new, issuer, subject,
  load_id, version, trace , CASE WHEN NOT is_in THEN 'LEFT' WHEN was_in THEN 'STAYED' ELSE 'ENTERED' END AS
  effect
FROM changes, LATERAL ( SELECT kind <> 'COMPANY_CREATED' AS was_in, kind <> 'COMPANY_REMOVED' AS is_in ) AS
  effects
WHERE changes.id = listed.place ) AS found ON true
ORDER BY found.id;

SELECT watch_lists.id, watch_lists.name, watch_lists.filter, watch_lists.created_at, watch_lists.updated_at,
  watch_lists.version
FROM watch_lists
WHERE watch_lists.issuer = $1::VARCHAR AND watch_lists.subject = $2::VARCHAR AND watch_lists.id = ANY (CAST($3
  AS uuid[]));

WITH first_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE listings.npi = any($1::TEXT[])
ORDER BY listings.npi ASC
LIMIT 1000) AS through
WHERE true AND (SELECT companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $2::UUID) AS anon_1
FROM companies
WHERE companies.npi = through.npi)
ORDER BY through.place_0 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC
LIMIT $3::INTEGER), further_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE listings.npi = any($1::TEXT[])
ORDER BY listings.npi ASC
LIMIT 8000) AS through
WHERE true AND (SELECT companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $2::UUID) AS anon_2
FROM companies
WHERE companies.npi = through.npi) AND (SELECT count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $3::INTEGER
ORDER BY through.place_0 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC
LIMIT $3::INTEGER) SELECT companies.npi, companies.npi_status
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
FROM (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
JOIN companies ON companies.npi = listings.npi
WHERE true AND listings.npi = any($1::TEXT[]) AND true AND companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $2::UUID) AND (SELECT count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $3::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC
LIMIT $3::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $4::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.npi ASC;
