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
  load_id, version , CASE WHEN NOT is_in THEN 'LEFT' WHEN was_in THEN 'STAYED' ELSE 'ENTERED' END AS effect
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
  load_id, version , CASE WHEN NOT is_in THEN 'LEFT' WHEN was_in THEN 'STAYED' ELSE 'ENTERED' END AS effect
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

SELECT (SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $1::UUID)
LIMIT $2::INTEGER) AS anon_1) AS count_0, (SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.npi IN (SELECT listings.npi
FROM listings
WHERE listings.facets @@ CAST($3::VARCHAR AS TSQUERY))
LIMIT $2::INTEGER) AS anon_2) AS count_1;

SELECT companies.name, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT page_0.*
FROM (SELECT companies.npi, companies.name, 0 AS page
FROM companies
WHERE companies.npi IN (SELECT watch_list_members.npi
FROM watch_list_members
WHERE watch_list_members.list_id = $1::UUID)
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER) AS page_0
UNION ALL SELECT page_1.*
FROM (SELECT companies.npi, companies.name, 1 AS page
FROM companies
WHERE companies.npi IN (SELECT listings.npi
FROM listings
WHERE listings.facets @@ CAST($3::VARCHAR AS TSQUERY))
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER) AS page_1;

SELECT watch_lists.id, watch_lists.name, watch_lists.filter, watch_lists.created_at, watch_lists.updated_at,
  watch_lists.version, watch_lists.name AS key_0
FROM watch_lists
WHERE watch_lists.issuer = $1::VARCHAR AND watch_lists.subject = $2::VARCHAR
ORDER BY watch_lists.name ASC
LIMIT $3::INTEGER;
