SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.npi, count(*) AS count
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_active
GROUP BY locations.npi;

SELECT rows.*
FROM unnest($1::TEXT[]) AS anon_1(npi)
JOIN LATERAL (SELECT locations.id, locations.kind, locations.postal_code, locations.npi
FROM locations
WHERE locations.is_active AND locations.npi = anon_1.npi
ORDER BY locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER) AS rows ON true;
