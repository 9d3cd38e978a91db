SELECT taxonomies.code, taxonomies.grouping, taxonomies.classification
FROM taxonomies
JOIN unnest($1::TEXT[], $2::TEXT[]) AS asked(grouping, classification) ON taxonomies.grouping = asked.grouping
  AND taxonomies.classification = asked.classification
WHERE taxonomies.specialization IS NULL
ORDER BY taxonomies.code;

SELECT taxonomies.code, taxonomies.name, taxonomies.grouping, taxonomies.classification
FROM taxonomies
JOIN unnest($1::TEXT[], $2::TEXT[]) AS asked(grouping, classification) ON taxonomies.grouping = asked.grouping
  AND taxonomies.classification = asked.classification
WHERE taxonomies.specialization IS NULL
ORDER BY taxonomies.code;

SELECT taxonomies.code, taxonomies.name, taxonomies.grouping, taxonomies.classification,
  taxonomies.specialization
FROM taxonomies
JOIN unnest($1::TEXT[], $2::TEXT[]) AS asked(grouping, classification) ON taxonomies.grouping = asked.grouping
  AND taxonomies.classification = asked.classification
WHERE taxonomies.specialization IS NOT NULL
ORDER BY taxonomies.code;

SELECT taxonomies.code, taxonomies.name, taxonomies.grouping, taxonomies.classification,
  taxonomies.specialization, taxonomies.definition, taxonomies.notes, taxonomies.section, taxonomies.code AS
  key_0
FROM taxonomies
WHERE taxonomies.words @@ CAST($1::VARCHAR AS TSQUERY)
ORDER BY taxonomies.code ASC
LIMIT $2::INTEGER;
