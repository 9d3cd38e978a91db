SELECT companies.npi, companies.deactivated_on
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT companies.npi, companies.deactivated_on, companies.npi_status
FROM companies
WHERE companies.deactivated_on >= $1::DATE AND companies.deactivated_on <= $2::DATE AND companies.updated_at
  >= $3::TIMESTAMP WITH TIME ZONE AND companies.updated_at < $4::TIMESTAMP WITH TIME ZONE
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $5::INTEGER;

SELECT locations.city, locations.npi
FROM locations
WHERE locations.updated_at >= $1::TIMESTAMP WITH TIME ZONE AND locations.updated_at < $2::TIMESTAMP WITH TIME
  ZONE AND (EXISTS (SELECT *
FROM companies AS companies_1
WHERE companies_1.npi = locations.npi AND companies_1.deactivated_on >= $3::DATE AND
  companies_1.deactivated_on <= $4::DATE))
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT $5::INTEGER;
