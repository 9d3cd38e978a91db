SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE true
LIMIT $1::INTEGER) AS anon_1;

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE true
LIMIT $1::INTEGER) AS anon_1;

SELECT loads.id, loads.file_kind, loads.file_name, loads.source, loads.period_start, loads.period_end,
  loads.is_full, loads.loaded_at, loads.counts
FROM loads
WHERE loads.file_kind = 'COMPANIES'
ORDER BY loads.id DESC
LIMIT 1;
