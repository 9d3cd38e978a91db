-- What the built-in sample has none of: companies and locations entered by hand, foreign addresses, a company
-- without location, one with names of every kind, and numbers that were deactivated and reactivated.
INSERT INTO companies (
  npi, name, other_names, further_names, is_active, is_active_pinned, npi_status, deactivated_on, reactivated_on,
  enumerated_on, nppes_updated_on, certified_on, is_subpart, parent_name, taxonomies, taxonomy_codes, identifiers,
  mailing_address, phone, fax, website, authorized_official, tax_id_last4, source, version
) VALUES
(
  '2999999909', 'O''BRIEN''S ÜTRECHT CAFÉ, INC.',
  '[{"name": "Café O’Brien", "kind": "OTHER"}]',
  '[{"name": "O''Brien''s Café Supply", "kind": "DOING_BUSINESS_AS"},
    {"name": "Ütrecht Holding", "kind": "FORMER_LEGAL"},
    {"name": "O''Brien''s Café Supply", "kind": "DOING_BUSINESS_AS"}]',
  true, false, 'ACTIVE', NULL, NULL, '2006-07-08', '2025-09-30', '2024-02-29', false, NULL,
  '[{"code": "332B00000X", "is_primary": false, "license_number": "L-1", "license_state": "TX", "group": null},
    {"code": "335E00000X", "is_primary": true, "license_number": null, "license_state": null,
     "group": "193200000X MULTI-SPECIALTY GROUP"}]',
  '{332B00000X,335E00000X}',
  '[{"identifier": "ABC 123", "type_code": "01", "state": "TX", "issuer": "BLUE PLAN"},
    {"identifier": "0042", "type_code": "05", "state": "LA", "issuer": null}]',
  '{"line1": "PO BOX 1", "line2": null, "city": "AUSTIN", "state": "TX", "postal_code": "78767", "plus4": "0001",
    "country": "US"}',
  '+15125550100', '+15125550101', 'https://obrien.example', '{"first_name": "Ada", "middle_name": null,
    "last_name": "Doe", "title": "CEO", "phone": "+15125550102", "prefix": null, "suffix": null,
    "credential": null}', '1234', 'NPPES', 3
),
(
  '2999999917', 'CLOSED HOSPICE LLC', '[]', '[]', false, false, 'DEACTIVATED', '2024-03-01', NULL,
  '2005-05-23', '2019-01-31', NULL, false, NULL,
  '[{"code": "251G00000X", "is_primary": true, "license_number": null, "license_state": null, "group": null}]',
  '{251G00000X}', '[]', NULL, NULL, NULL, NULL, NULL, NULL, 'NPPES', 2
),
(
  '2999999925', 'Entered By Hand', '[]', '[]', true, true, 'UNKNOWN', NULL, NULL, NULL, NULL, NULL, false, NULL,
  '[]', '{}', '[]', NULL, NULL, NULL, NULL, NULL, NULL, 'MANUAL', 1
),
(
  '2999999941', 'HOLZER ORTHOPÄDIE GMBH', '[]', '[]', true, false, 'ACTIVE', NULL, NULL, '2010-01-01',
  '2010-01-01', NULL, true, 'Müller Gruppe', '[]', '{}', '[]',
  '{"line1": "Hauptstraße 1", "line2": null, "city": "MÜNCHEN", "state": "BAVARIA", "postal_code": "80331",
    "plus4": null, "country": "DE"}',
  '0049 89 1234', NULL, NULL, NULL, NULL, 'NPPES', 1
),
(
  '2999999966', 'PINNED ON THOUGH DEACTIVATED', '[]', '[]', true, true, 'DEACTIVATED', '2025-08-15', NULL,
  '2012-12-12', '2025-08-15', NULL, true, 'MÜLLER GRUPPE', '[]', '{}', '[]', NULL, NULL, NULL, NULL, NULL, NULL,
  'NPPES', 5
),
(
  '2999999974', 'REACTIVATED AMBULANCE', '[]', '[]', true, false, 'ACTIVE', '2020-01-02', '2020-02-03',
  '2012-12-12', '2020-02-03', NULL, false, NULL, '[]', '{}', '[]', NULL, NULL, NULL, NULL, NULL, NULL, 'NPPES', 4
);

INSERT INTO locations (
  id, npi, kind, is_primary, is_active, name, line1, line2, city, state, postal_code, plus4, country,
  phone, phone_extension, fax, email, position, position_precision, time_zone, source, version
) VALUES
(
  '00000000-0000-4000-8000-000000000001', '2999999909', 'PRIMARY_PRACTICE', true, true, NULL, '1 CONGRESS AVE',
  'STE 2', 'AUSTIN', 'TX', '78701', '1234', 'US', '+15125550110', NULL, '+15125550111', NULL,
  '(-97.7431,30.2672)', 'ROOFTOP', 'America/Chicago', 'NPPES', 2
),
(
  '00000000-0000-4000-8000-000000000002', '2999999909', 'SECONDARY_PRACTICE', false, true, NULL, '2 Main St', NULL,
  'Round Rock', 'TX', '78664', NULL, 'US', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'NPPES', 1
),
(
  '00000000-0000-4000-8000-000000000003', '2999999909', 'WAREHOUSE', false, true, 'Depot South', '3 Dock Rd', NULL,
  'San Marcos', 'TX', '78666', NULL, 'US', '+15125550112', '42', NULL, 'depot@obrien.example',
  '(-97.9414,29.8833)', 'ZIP5_CENTROID', 'America/Chicago', 'MANUAL', 1
),
(
  '00000000-0000-4000-8000-000000000004', '2999999909', 'OTHER', false, false, 'Old office', NULL, NULL, NULL, NULL,
  NULL, NULL, 'US', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'MANUAL', 7
),
(
  '00000000-0000-4000-8000-000000000005', '2999999917', 'PRIMARY_PRACTICE', true, true, NULL, '9 ELM ST', NULL,
  'HOUSTON', 'TX', '77002', NULL, 'US', NULL, NULL, NULL, NULL, '(-95.3645,29.7560)', 'ZIP5_CENTROID',
  'America/Chicago', 'NPPES', 1
),
(
  '00000000-0000-4000-8000-000000000006', '2999999941', 'PRIMARY_PRACTICE', true, true, NULL, 'Hauptstraße 1', NULL,
  'MÜNCHEN', 'BAVARIA', '80331', NULL, 'DE', '0049 89 1234', NULL, NULL, NULL, NULL, NULL, NULL, 'NPPES', 1
),
(
  '00000000-0000-4000-8000-000000000007', '2999999941', 'SECONDARY_PRACTICE', false, true, NULL, '10 Wellington St',
  NULL, 'Ottawa', 'ONTARIO', 'K1A 0B1', NULL, 'CA', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'NPPES', 1
);

INSERT INTO licenses (id, npi, kind, name, number, state, issuer, issued_on, expires_on, source, version) VALUES
(
  '00000000-0000-4000-8000-000000000101', '2999999909', 'MEDICAL_EQUIPMENT', NULL, 'L-1', 'TX', NULL, NULL,
  '2099-06-30', 'NPPES', 3
),
(
  '00000000-0000-4000-8000-000000000102', '2999999909', 'OTHER', 'Oxygen "retailer" permit', 'OX 77', 'LA',
  'Louisiana Board of Drug and Device Distributors', '2024-01-01', '2024-12-31', 'MANUAL', 1
),
(
  '00000000-0000-4000-8000-000000000103', '2999999941', 'ACCREDITATION', NULL, 'A 12/3', NULL, 'ACHC', '2021-05-01',
  '2024-04-30', 'MANUAL', 1
);

INSERT INTO deactivations (npi, deactivated_on, replacement_npi) VALUES ('2999999958', '2015-05-05', '2999999941');

-- The registry has given it to another organisation.
UPDATE companies SET replacement_npi = '2999999909' WHERE npi = '2999999917';

-- What some codes stand for; the words are ours.
INSERT INTO taxonomies (code, "grouping", classification, specialization, name, definition, notes, section) VALUES
('332B00000X', 'Suppliers', 'Durable Medical Equipment', NULL, 'Durable Medical Equipment', 'Sells and rents.', NULL,
 'Non-Individual'),
('332BC3200X', 'Suppliers', 'Durable Medical Equipment', 'Made to Measure', 'Made to Measure', NULL, NULL,
 'Non-Individual'),
('332BX2000X', 'Suppliers', 'Durable Medical Equipment', 'Oxygen', 'Oxygen', 'Brings oxygen home.', 'Ours.',
 'Non-Individual'),
('335E00000X', 'Suppliers', 'Prostheses "&" Orthoses', NULL, 'Prostheses "&" Orthoses', NULL, NULL, 'Non-Individual'),
('251G00000X', 'Agencies', 'Hospice at Home', NULL, 'Hospice at Home', NULL, NULL, 'Non-Individual'),
('3416L0300X', 'Transport', 'Ambulance', 'By Land', 'By Land', NULL, NULL, 'Non-Individual');

-- A change by hand, as everybody who may see it sees it.
INSERT INTO changes (npi, kind, fields, old, new, facets_before, facets_after, issuer, subject) VALUES
  ('2999999909', 'COMPANY_UPDATED', '{website,tax_id_last4}',
   '{"website": null, "tax_id_last4": null}', '{"website": "https://obrien.example", "tax_id_last4": "1234"}',
   '{state=TX}', '{state=TX}', 'https://issuer.example', 'somebody'),
  ('2999999909', 'LOCATION_UPDATED', '{name}', '{"name": null}', '{"name": "Depot South"}',
   '{state=TX}', '{state=TX}', 'https://issuer.example', 'somebody');
UPDATE changes SET location_id = '00000000-0000-4000-8000-000000000003' WHERE fields = '{name}';
INSERT INTO changes (npi, license_id, kind, fields, old, new, facets_before, facets_after, issuer, subject) VALUES
  ('2999999909', '00000000-0000-4000-8000-000000000101', 'LICENSE_RENEWED', '{expires_on}',
   '{"expires_on": "2024-06-30"}', '{"expires_on": "2099-06-30"}', '{state=TX}', '{state=TX}',
   'https://issuer.example', 'somebody');

-- The watch lists of whoever reads: numbers, one of them unknown and one only ever seen deactivated; and a filter.
INSERT INTO watch_lists (id, issuer, subject, name, filter)
SELECT md5(subject || name)::uuid, '', subject, name, filter::jsonb
FROM unnest('{reader,partner,editor,admin,b}'::text[]) AS subject,
  (VALUES ('Our suppliers', NULL), ('Texas', '{"states": ["TX"], "is_active": true}')) AS kinds (name, filter);
INSERT INTO watch_list_members (list_id, npi)
SELECT id, npi FROM watch_lists, unnest('{1234567893,2999999909,2999999917,2999999925,2999999958}'::text[]) AS npi
WHERE filter IS NULL;

-- A job of whoever reads, which has all that a job can have; of a time to come, so that it isn't old and removed.
INSERT INTO jobs (id, issuer, subject, roles, companies, kind, arguments, state, done, total, error_code, error_message,
  created_at, started_at, finished_at, file, key, rows, bytes, sha256, cursor)
SELECT md5(subject || 'job')::uuid, '', subject, '{PARTNER}', '{}', 'EXPORT_COMPANIES', '{}', 'FAILED', 1, 2,
  'ABANDONED', 'Whoever worked at it was gone each time.', '2124-02-29T12:00:00Z', '2124-02-29T12:00:01Z',
  '2124-02-29T12:00:02Z', 'companies.ndjson.gz', '\x00', 1, 100, repeat('0', 64), 0
FROM unnest('{reader,partner,editor,admin,b}'::text[]) AS subject;

-- Their webhooks, each at the end of the log, with what was sent, in a time to come too: the first attempt failed.
INSERT INTO webhooks (id, issuer, subject, roles, companies, url, topics, document, variables, secret, is_enabled, cursor)
SELECT md5(subject || 'webhook')::uuid, '', subject, '{PARTNER}', '{}', 'https://' || subject || '.example/hook',
  '{COMPANY_UPDATED}', 'subscription { changes { npi } }', '{}', 'sealed', false, (SELECT max(id) FROM changes)
FROM unnest('{reader,partner,editor,admin,b}'::text[]) AS subject;
INSERT INTO webhook_deliveries (
  webhook_id, cursor, message_id, type, npi, attempt, status, outcome, duration_ms, attempted_at
)
SELECT id, 1, '1-hook', 'company.updated', '2999999909', attempt, status, outcome, 12, '2124-05-01T12:00:00Z'
FROM webhooks, (VALUES (1, 503, 'FAILED'), (2, 200, 'DELIVERED')) AS attempts (attempt, status, outcome);

-- One that is about to expire, whenever this is read, though it isn't valid yet.
INSERT INTO licenses (id, npi, kind, number, issued_on, expires_on, source)
SELECT '00000000-0000-4000-8000-000000000109', '2999999925', 'OTHER', 'SOON', today + 10, today + 20, 'MANUAL'
FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS today) AS clock;
