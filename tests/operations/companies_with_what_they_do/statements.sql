SELECT companies.npi, companies.taxonomies
FROM companies
WHERE array_to_tsvector(companies.taxonomy_codes) @@ CAST($1::VARCHAR AS TSQUERY)
ORDER BY companies.npi DESC
LIMIT $2::INTEGER;

SELECT companies.taxonomies, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;

SELECT taxonomies.code, taxonomies.name, taxonomies.grouping, taxonomies.classification,
  taxonomies.specialization
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);

SELECT taxonomies.name, taxonomies.code
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);

SELECT taxonomies.name, taxonomies.grouping, taxonomies.classification
FROM taxonomies
JOIN unnest($1::TEXT[], $2::TEXT[]) AS asked(grouping, classification) ON taxonomies.grouping = asked.grouping
  AND taxonomies.classification = asked.classification
WHERE taxonomies.specialization IS NULL
ORDER BY taxonomies.code;

SELECT taxonomies.name, taxonomies.grouping, taxonomies.code
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);
