SELECT DISTINCT ON (loads.file_kind) loads.id, loads.file_kind, loads.file_name, loads.source,
  loads.period_start, loads.period_end, loads.is_full, loads.loaded_at
FROM loads
WHERE loads.file_kind IN ('ZIPS', 'TAXONOMIES') OR loads.source = 'NPPES' OR NOT (EXISTS (SELECT 1
FROM loads AS real
WHERE real.source = 'NPPES' AND real.file_kind = 'COMPANIES'))
ORDER BY loads.file_kind, loads.source = 'NPPES' DESC, loads.period_end DESC NULLS LAST, loads.is_full DESC,
  loads.id DESC;

SELECT companies.npi, companies.name, companies.npi_status, companies.deactivated_on,
  companies.reactivated_on, companies.replacement_npi
FROM companies
WHERE companies.npi = any($1::TEXT[]) AND (companies.npi_status != 'UNKNOWN' OR companies.source != 'NPPES')
UNION ALL SELECT deactivations.npi, NULL AS anon_1, 'DEACTIVATED', deactivations.deactivated_on, NULL AS
  anon__1, deactivations.replacement_npi
FROM deactivations
WHERE deactivations.npi = any($1::TEXT[]) AND deactivations.deactivated_on IS NOT NULL;
