SELECT companies.npi, companies.name, companies.is_active, companies.npi_status, companies.deactivated_on,
  companies.reactivated_on, companies.nppes_updated_on
FROM companies
WHERE NOT companies.is_active
ORDER BY coalesce(companies.nppes_updated_on, '-infinity'::date) DESC, companies.npi DESC
LIMIT $1::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE NOT companies.is_active
LIMIT $1::INTEGER) AS anon_1;
