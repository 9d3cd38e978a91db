SELECT asked.id AS list_id, (SELECT min(cursor)
FROM change_marks) AS floor, (SELECT coalesce(max(id), 0)
FROM changes) AS newest , scanned.read_to, scanned.number, found.*
FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS asked (id uuid, group_0 text[], group_1 text[], group_2 text[],
  group_3 text[], group_4 text[], group_5 text[], group_6 text[], group_7 text[], group_8 text[], group_9
  text[]) CROSS
JOIN ( SELECT max(id) AS read_to, count(*) AS number
FROM (SELECT id
FROM changes
WHERE id > CAST($2 AS bigint)
ORDER BY id
LIMIT CAST($3 AS bigint)) AS next ) AS scanned LEFT
JOIN LATERAL ( SELECT id, npi, location_id, license_id, kind, fields, occurred_at, old, new, issuer, subject,
  load_id, version, trace , CASE WHEN NOT is_in THEN 'LEFT' WHEN was_in THEN 'STAYED' ELSE 'ENTERED' END AS
  effect
FROM changes CROSS
JOIN LATERAL ( SELECT coalesce(facets_after, ( SELECT n.facets_before
FROM changes n
WHERE n.npi = changes.npi AND n.id > changes.id AND n.facets_before IS NOT NULL
ORDER BY n.id
LIMIT 1 ), (SELECT c.facets
FROM company_facets c
WHERE c.npi = changes.npi)) AS facets OFFSET 0 ) AS afterwards CROSS
JOIN LATERAL ( SELECT coalesce((asked.group_0 IS NULL OR facets_before && asked.group_0) AND (asked.group_1 IS
  NULL OR facets_before && asked.group_1) AND (asked.group_2 IS NULL OR facets_before && asked.group_2) AND
  (asked.group_3 IS NULL OR facets_before && asked.group_3) AND (asked.group_4 IS NULL OR facets_before &&
  asked.group_4) AND (asked.group_5 IS NULL OR facets_before && asked.group_5) AND (asked.group_6 IS NULL OR
  facets_before && asked.group_6) AND (asked.group_7 IS NULL OR facets_before && asked.group_7) AND
  (asked.group_8 IS NULL OR facets_before && asked.group_8) AND (asked.group_9 IS NULL OR facets_before &&
  asked.group_9), facets_before IS NULL AND kind NOT IN ('COMPANY_CREATED', 'LOCATION_ADDED')) AS was_in,
  (asked.group_0 IS NULL OR afterwards.facets && asked.group_0) AND (asked.group_1 IS NULL OR
  afterwards.facets && asked.group_1) AND (asked.group_2 IS NULL OR afterwards.facets && asked.group_2) AND
  (asked.group_3 IS NULL OR afterwards.facets && asked.group_3) AND (asked.group_4 IS NULL OR
  afterwards.facets && asked.group_4) AND (asked.group_5 IS NULL OR afterwards.facets && asked.group_5) AND
  (asked.group_6 IS NULL OR afterwards.facets && asked.group_6) AND (asked.group_7 IS NULL OR
  afterwards.facets && asked.group_7) AND (asked.group_8 IS NULL OR afterwards.facets && asked.group_8) AND
  (asked.group_9 IS NULL OR afterwards.facets && asked.group_9) AS is_in ) AS effects
WHERE changes.id > CAST($2 AS bigint) AND changes.id <= scanned.read_to AND (was_in OR is_in)
ORDER BY changes.id
LIMIT CAST($4 AS bigint) ) AS found ON true
ORDER BY found.id;

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

SELECT asked.id AS list_id, found.*
FROM unnest(CAST($1 AS uuid[])) AS asked (id) CROSS
JOIN LATERAL ( SELECT m.npi AS input, m.npi AS key_0, v.result, c.npi, c.name, coalesce(d.deactivated_on,
  c.deactivated_on) AS deactivated_on, c.reactivated_on, coalesce(d.replacement_npi, c.replacement_npi) AS
  replacement_npi
FROM watch_list_members m LEFT
JOIN companies c ON c.npi = m.npi AND (c.npi_status <> 'UNKNOWN' OR c.source <> 'NPPES') LEFT
JOIN deactivations d ON d.npi = m.npi AND d.deactivated_on IS NOT NULL AND c.npi IS NULL CROSS
JOIN LATERAL ( SELECT CASE WHEN c.npi_status = 'DEACTIVATED' OR d.npi IS NOT NULL THEN 'DEACTIVATED' WHEN
  c.npi IS NOT NULL THEN 'ACTIVE' ELSE 'NOT_FOUND' END AS result ) v
WHERE m.list_id = asked.id AND (CAST($2 AS text) IS NULL OR m.npi > $2) AND (CAST($3 AS text[]) IS NULL OR
  v.result = ANY (CAST($3 AS text[])))
ORDER BY m.npi
LIMIT $4 ) AS found;

SELECT list_id, count(*) AS count
FROM watch_list_members
WHERE list_id = ANY (CAST($1 AS uuid[]))
GROUP BY list_id;

SELECT companies.name, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT watch_lists.id, watch_lists.name, watch_lists.filter, watch_lists.created_at, watch_lists.updated_at,
  watch_lists.version, watch_lists.name AS key_0
FROM watch_lists
WHERE watch_lists.issuer = $1::VARCHAR AND watch_lists.subject = $2::VARCHAR
ORDER BY watch_lists.name ASC
LIMIT $3::INTEGER;

WITH first_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 1000) AS through
WHERE true AND (SELECT companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $1::UUID) AS anon_1
FROM companies
WHERE companies.npi = through.npi)
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER), further_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 8000) AS through
WHERE true AND (SELECT companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $1::UUID) AS anon_2
FROM companies
WHERE companies.npi = through.npi) AND (SELECT count(*) AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $2::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER), first_1 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 1000) AS through
WHERE through.facets @@ CAST($4::VARCHAR AS TSQUERY)
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER), further_1 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 8000) AS through
WHERE (through.facets @@ CAST($4::VARCHAR AS TSQUERY)) AND (SELECT count(*) AS count_6
FROM first_1) < $2::INTEGER AND (SELECT count(*) AS count_6
FROM first_1) * 6 >= $2::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) SELECT page_0.*
FROM (SELECT companies.npi, companies.name, 0 AS page
FROM companies
JOIN (SELECT first_0.npi AS npi
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $2::INTEGER
UNION ALL SELECT further_0.npi AS npi
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $2::INTEGER
UNION ALL (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
JOIN companies ON companies.npi = listings.npi
WHERE true AND true AND true AND companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $1::UUID) AND (SELECT count(*) AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $3::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS page_0
UNION ALL SELECT page_1.*
FROM (SELECT companies.npi, companies.name, 1 AS page
FROM companies
JOIN (SELECT first_1.npi AS npi
FROM first_1
WHERE (SELECT count(*) AS count_5
FROM first_1) >= $2::INTEGER
UNION ALL SELECT further_1.npi AS npi
FROM further_1
WHERE (SELECT count(*) AS count_7
FROM further_1) >= $2::INTEGER
UNION ALL (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($4::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS
  count_6
FROM first_1) < $2::INTEGER AND (SELECT count(*) AS count_8
FROM further_1) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER)) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS page_1;

WITH first_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 1000) AS through
WHERE true AND (SELECT companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $1::UUID) AS anon_1
FROM companies
WHERE companies.npi = through.npi)
ORDER BY through.place_0 ASC
LIMIT (SELECT $2::INTEGER AS anon_2)), further_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 25000) AS through
WHERE true AND (SELECT companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $1::UUID) AS anon_3
FROM companies
WHERE companies.npi = through.npi) AND (SELECT count(*) AS count_3
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_3
FROM first_0) * 20 >= $2::INTEGER
ORDER BY through.place_0 ASC
LIMIT (SELECT $2::INTEGER AS anon_2)), first_1 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 1000) AS through
WHERE through.facets @@ CAST($4::VARCHAR AS TSQUERY)
ORDER BY through.place_0 ASC
LIMIT (SELECT $2::INTEGER AS anon_2)), further_1 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 25000) AS through
WHERE (through.facets @@ CAST($4::VARCHAR AS TSQUERY)) AND (SELECT count(*) AS count_9
FROM first_1) < $2::INTEGER AND (SELECT count(*) AS count_9
FROM first_1) * 20 >= $2::INTEGER
ORDER BY through.place_0 ASC
LIMIT (SELECT $2::INTEGER AS anon_2)) SELECT CASE WHEN ((SELECT count(*) AS count_1
FROM first_0) >= $2::INTEGER) THEN $2::INTEGER WHEN ((SELECT count(*) AS count_2
FROM further_0) >= $2::INTEGER) THEN $2::INTEGER WHEN $3::BOOLEAN THEN (SELECT count(*) AS count_4
FROM companies) ELSE (SELECT count(*) AS count_5
FROM (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
JOIN companies ON companies.npi = listings.npi
WHERE true AND true AND true AND companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $1::UUID) AND (SELECT count(*) AS count_3
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_6
FROM further_0) < $2::INTEGER
LIMIT (SELECT $2::INTEGER AS anon_2)) AS anon_4) END AS count_0, CASE WHEN ((SELECT count(*) AS count_7
FROM first_1) >= $2::INTEGER) THEN $2::INTEGER WHEN ((SELECT count(*) AS count_8
FROM further_1) >= $2::INTEGER) THEN $2::INTEGER ELSE (SELECT count(*) AS count_10
FROM (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($4::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS
  count_9
FROM first_1) < $2::INTEGER AND (SELECT count(*) AS count_11
FROM further_1) < $2::INTEGER
LIMIT (SELECT $2::INTEGER AS anon_2)) AS anon_5) END AS count_1;
