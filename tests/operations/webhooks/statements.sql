SELECT found.*
FROM unnest(CAST($1 AS uuid[])) AS asked (id) CROSS
JOIN LATERAL ( SELECT d.*
FROM webhook_deliveries d
WHERE d.webhook_id = asked.id AND d.id < coalesce(CAST($2 AS bigint), 9223372036854775807)
ORDER BY d.id DESC
LIMIT $3 ) AS found;

SELECT w.id, ( SELECT count(*)
FROM ( SELECT
FROM changes
WHERE changes.id > w.cursor
ORDER BY changes.id
LIMIT CAST($1 AS bigint) ) AS next ) AS changes, coalesce(( SELECT greatest(extract(epoch
FROM clock_timestamp() - changes.occurred_at), 0)::double precision
FROM changes
WHERE changes.id > w.cursor
ORDER BY changes.id
LIMIT 1 ), 0) AS seconds
FROM webhooks w
WHERE w.id = ANY (CAST($2 AS uuid[]));

SELECT webhooks.id, webhooks.url, webhooks.topics, webhooks.document, webhooks.operation_name,
  webhooks.variables, webhooks.watch_list_id, webhooks.description, webhooks.old_secret_until,
  webhooks.is_enabled, webhooks.disabled_reason, webhooks.disabled_at, webhooks.cursor, webhooks.failures,
  webhooks.next_attempt_at, webhooks.problem, webhooks.version, webhooks.created_at, webhooks.updated_at,
  webhooks.created_at AS key_0, webhooks.id AS key_1
FROM webhooks
WHERE webhooks.issuer = $1::VARCHAR AND webhooks.subject = $2::VARCHAR
ORDER BY webhooks.created_at ASC, webhooks.id ASC
LIMIT $3::INTEGER;
