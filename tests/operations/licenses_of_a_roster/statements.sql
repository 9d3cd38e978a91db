SELECT companies.npi
FROM companies
WHERE EXISTS (SELECT *
FROM licenses AS licenses_1
WHERE licenses_1.npi = companies.npi AND licenses_1.expires_on >= (now() AT TIME ZONE 'UTC')::date AND
  (licenses_1.issued_on IS NULL OR licenses_1.issued_on <= (now() AT TIME ZONE 'UTC')::date))
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;

SELECT companies.npi, ('[' || array_to_string(array(SELECT '{"__typename":"License","id":"license:' ||
  licenses.id || '","kind":"' || licenses.kind || '","name":' || coalesce(to_json(licenses.name)::text,
  'null') || ',"number":' || to_json(licenses.number)::text || ',"state":' ||
  coalesce(to_json(licenses.state)::text, 'null') || ',"issuer":' || coalesce(to_json(licenses.issuer)::text,
  'null') || ',"issuedOn":' || coalesce('"' || to_char(licenses.issued_on, 'YYYY-MM-DD') || '"', 'null') ||
  ',"expiresOn":"' || to_char(licenses.expires_on, 'YYYY-MM-DD') || '","source":"' || licenses.source ||
  '","version":' || licenses.version::text || '}'
FROM licenses
WHERE licenses.npi = companies.npi
ORDER BY licenses.expires_on, licenses.id), ',') || ']') AS nested_430c2d25c9b2
FROM companies
WHERE companies.npi = any($1::TEXT[]);
