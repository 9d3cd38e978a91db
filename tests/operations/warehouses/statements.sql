SELECT companies.name, companies.source, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT companies.npi, companies.name
FROM companies
WHERE EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND locations_1.is_active AND locations_1.kind = any($1::TEXT[]))
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND locations_1.is_active AND locations_1.kind = any($1::TEXT[]))
LIMIT $2::INTEGER) AS anon_1;

SELECT locations.name, locations.kind, locations.is_active, locations.email, locations.phone,
  locations.phone_extension, locations.source, locations.npi
FROM locations
WHERE locations.kind = any($1::TEXT[])
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER;
