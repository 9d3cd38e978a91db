SELECT companies.npi, companies.name, companies.other_names, companies.further_names, companies.is_active,
  companies.npi_status, companies.deactivated_on, companies.reactivated_on, companies.enumerated_on,
  companies.nppes_updated_on, companies.certified_on, companies.is_subpart, companies.parent_name,
  companies.taxonomies, companies.identifiers, companies.mailing_address, companies.phone, companies.fax,
  companies.website, companies.authorized_official, companies.tax_id_last4, companies.source,
  companies.created_at, companies.updated_at, companies.version
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT companies.npi, companies.name, companies.other_names, companies.further_names, companies.is_active,
  companies.npi_status, companies.deactivated_on, companies.reactivated_on, companies.enumerated_on,
  companies.nppes_updated_on, companies.certified_on, companies.is_subpart, companies.parent_name,
  companies.taxonomies, companies.identifiers, companies.mailing_address, companies.phone, companies.fax,
  companies.website, companies.authorized_official, companies.tax_id_last4, companies.source,
  companies.created_at, companies.updated_at, companies.version
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.id, locations.npi, locations.kind, locations.is_primary, locations.is_active, locations.name,
  locations.line1, locations.line2, locations.city, locations.state, locations.postal_code, locations.plus4,
  locations.country, locations.phone, locations.phone_extension, locations.fax, locations.email,
  locations.position, locations.position_precision, locations.time_zone, locations.source,
  locations.created_at, locations.updated_at, locations.version
FROM locations
WHERE locations.id = any($1::UUID[]);

SELECT locations.id, locations.npi, locations.kind, locations.is_primary, locations.is_active, locations.name,
  locations.line1, locations.line2, locations.city, locations.state, locations.postal_code, locations.plus4,
  locations.country, locations.phone, locations.phone_extension, locations.fax, locations.email,
  locations.position, locations.position_precision, locations.time_zone, locations.source,
  locations.created_at, locations.updated_at, locations.version
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;
