SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.id, locations.kind, locations.npi
FROM locations
WHERE locations.id = any($1::UUID[]);
