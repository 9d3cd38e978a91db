SELECT taxonomies.code
FROM taxonomies
WHERE fold(taxonomies.grouping) = $1::VARCHAR AND fold(taxonomies.classification) = $2::VARCHAR
ORDER BY taxonomies.code ASC
LIMIT $3::INTEGER;

SELECT taxonomies.code
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);

SELECT taxonomies.code, taxonomies.grouping, taxonomies.classification
FROM taxonomies
JOIN unnest($1::TEXT[], $2::TEXT[]) AS asked(grouping, classification) ON taxonomies.grouping = asked.grouping
  AND taxonomies.classification = asked.classification
WHERE taxonomies.specialization IS NOT NULL
ORDER BY taxonomies.code;

SELECT taxonomies.code, taxonomies.grouping, taxonomies.classification
FROM taxonomies
JOIN unnest($1::TEXT[], $2::TEXT[]) AS asked(grouping, classification) ON taxonomies.grouping = asked.grouping
  AND taxonomies.classification = asked.classification
WHERE taxonomies.specialization IS NULL
ORDER BY taxonomies.code;

SELECT taxonomies.code, taxonomies.grouping, taxonomies.classification, taxonomies.specialization
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);

SELECT taxonomies.code, taxonomies.name
FROM taxonomies
WHERE fold(taxonomies.grouping) = $1::VARCHAR
ORDER BY taxonomies.code ASC
LIMIT $2::INTEGER;

SELECT taxonomies.code, taxonomies.name, taxonomies.grouping, taxonomies.classification
FROM taxonomies
JOIN unnest($1::TEXT[], $2::TEXT[]) AS asked(grouping, classification) ON taxonomies.grouping = asked.grouping
  AND taxonomies.classification = asked.classification
WHERE taxonomies.specialization IS NULL
ORDER BY taxonomies.code;

SELECT taxonomies.code, taxonomies.name, taxonomies.grouping, taxonomies.classification,
  taxonomies.specialization
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);

SELECT taxonomies.code, taxonomies.specialization
FROM taxonomies
WHERE fold(taxonomies.grouping) = $1::VARCHAR AND fold(taxonomies.classification) = $2::VARCHAR
ORDER BY taxonomies.code ASC
LIMIT $3::INTEGER;
