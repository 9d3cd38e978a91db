SELECT companies.npi
FROM companies
WHERE EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND NOT locations_1.is_primary)
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;

SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.city, locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;

SELECT rows.*
FROM unnest($1::TEXT[]) AS anon_1(npi)
JOIN LATERAL (SELECT locations.is_primary, locations.npi
FROM locations
WHERE true AND locations.npi = anon_1.npi
ORDER BY locations.rank DESC, locations.id DESC
LIMIT $2::INTEGER) AS rows ON true;

SELECT rows.*
FROM unnest($1::TEXT[]) AS anon_1(npi)
JOIN LATERAL (SELECT locations.kind, locations.npi
FROM locations
WHERE true AND locations.npi = anon_1.npi
ORDER BY locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER) AS rows ON true;
