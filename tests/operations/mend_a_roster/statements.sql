SELECT companies.npi, companies.name, (SELECT '{"address":{"city":' || coalesce(to_json(locations.city)::text,
  'null') || ',"state":' || coalesce(to_json(locations.state)::text, 'null') || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_acf5c6aeacf9
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT companies.npi, companies.name, companies.is_active
FROM companies
WHERE companies.npi = any($1::TEXT[]) AND (companies.npi_status != 'UNKNOWN' OR companies.source != 'NPPES');

SELECT companies.npi, companies.name, companies.npi_status, companies.deactivated_on,
  companies.reactivated_on, companies.replacement_npi
FROM companies
WHERE companies.npi = any($1::TEXT[]) AND (companies.npi_status != 'UNKNOWN' OR companies.source != 'NPPES')
UNION ALL SELECT deactivations.npi, NULL AS anon_1, 'DEACTIVATED', deactivations.deactivated_on, NULL AS
  anon__1, deactivations.replacement_npi
FROM deactivations
WHERE deactivations.npi = any($1::TEXT[]) AND deactivations.deactivated_on IS NOT NULL;
