SELECT companies.enumerated_on, companies.name, companies.npi, coalesce(companies.enumerated_on,
  '-infinity'::date) AS key_0, companies.name_folded AS key_1, companies.npi AS key_2
FROM companies
WHERE true
ORDER BY coalesce(companies.enumerated_on, '-infinity'::date) DESC, companies.name_folded ASC, companies.npi
  ASC
LIMIT $1::INTEGER;
