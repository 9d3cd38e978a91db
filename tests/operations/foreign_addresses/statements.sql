SELECT companies.name, companies.mailing_address, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.line1, locations.city, locations.state, locations.postal_code, locations.plus4,
  locations.country, locations.line2, locations.phone, locations.position, locations.time_zone, locations.npi
FROM locations
WHERE coalesce(locations.state, '') = any(array_cat($1::TEXT[], array((SELECT DISTINCT locations_1.state
FROM locations AS locations_1
WHERE locations_1.country != 'US' AND (fold(locations_1.state) = any($2::TEXT[]))))))
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT $3::INTEGER;
