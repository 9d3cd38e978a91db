SELECT companies.npi, companies.name, companies.npi_status, companies.deactivated_on, companies.reactivated_on
FROM companies
WHERE companies.npi = any($1::TEXT[])
UNION ALL SELECT deactivations.npi, NULL AS anon_1, 'DEACTIVATED', deactivations.deactivated_on, NULL AS
  anon__1
FROM deactivations
WHERE deactivations.npi = any($1::TEXT[]);

SELECT loads.id, loads.file_kind, loads.file_name, loads.source, loads.period_start, loads.period_end,
  loads.is_full, loads.loaded_at, loads.counts
FROM loads
WHERE loads.file_kind = 'COMPANIES'
ORDER BY loads.id DESC
LIMIT 1;
