SELECT (SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE true
LIMIT $1::INTEGER) AS capped) AS count_0;

SELECT DISTINCT ON (loads.file_kind) loads.id, loads.file_kind, loads.file_name, loads.source,
  loads.period_start, loads.period_end, loads.is_full, loads.loaded_at
FROM loads
WHERE loads.file_kind IN ('ZIPS', 'TAXONOMIES') OR loads.source = 'NPPES' OR NOT (EXISTS (SELECT 1
FROM loads AS real
WHERE real.source = 'NPPES' AND real.file_kind = 'COMPANIES'))
ORDER BY loads.file_kind, loads.source = 'NPPES' DESC, loads.period_end DESC NULLS LAST, loads.is_full DESC,
  loads.id DESC;

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE true
LIMIT $1::INTEGER) AS capped;
