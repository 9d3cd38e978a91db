SELECT companies.name, companies.mailing_address, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.line1, locations.city, locations.state, locations.postal_code, locations.plus4,
  locations.country, locations.line2, locations.phone, locations.position, locations.time_zone, locations.npi
FROM locations
WHERE coalesce(locations.state, '') = any($1::TEXT[])
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER;
