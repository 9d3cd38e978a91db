SELECT companies.npi, companies.name, companies.mailing_address, companies.npi AS key_0
FROM companies
WHERE true
ORDER BY companies.npi ASC
LIMIT $1::INTEGER;

SELECT rows.*
FROM unnest($1::TEXT[]) AS anon_1(npi)
JOIN LATERAL (SELECT locations.postal_code, locations.npi
FROM locations
WHERE true AND locations.npi = anon_1.npi
ORDER BY locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER) AS rows ON true;
