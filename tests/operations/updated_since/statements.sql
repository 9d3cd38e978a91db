SELECT companies.npi, companies.nppes_updated_on, coalesce(companies.nppes_updated_on, '-infinity'::date) AS
  key_0, companies.npi AS key_1
FROM companies
WHERE coalesce(companies.nppes_updated_on, '-infinity'::date) >= $1::DATE AND
  coalesce(companies.nppes_updated_on, '-infinity'::date) > '-infinity'::date AND
  coalesce(companies.nppes_updated_on, '-infinity'::date) <= $2::DATE AND coalesce(companies.nppes_updated_on,
  '-infinity'::date) > '-infinity'::date
ORDER BY coalesce(companies.nppes_updated_on, '-infinity'::date) DESC, companies.npi DESC
LIMIT $3::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE coalesce(companies.nppes_updated_on, '-infinity'::date) >= $1::DATE AND
  coalesce(companies.nppes_updated_on, '-infinity'::date) > '-infinity'::date AND
  coalesce(companies.nppes_updated_on, '-infinity'::date) <= $2::DATE AND coalesce(companies.nppes_updated_on,
  '-infinity'::date) > '-infinity'::date
LIMIT $3::INTEGER) AS anon_1;
