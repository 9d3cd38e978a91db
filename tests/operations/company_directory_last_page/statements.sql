SELECT companies.npi, companies.name, companies.other_names, companies.further_names, companies.is_active,
  companies.npi_status, companies.deactivated_on, companies.reactivated_on, companies.enumerated_on,
  companies.nppes_updated_on, companies.certified_on, companies.is_subpart, companies.parent_name,
  companies.taxonomies, companies.identifiers, companies.mailing_address, companies.phone, companies.fax,
  companies.website, companies.authorized_official, companies.tax_id_last4, companies.source,
  companies.created_at, companies.updated_at, companies.version, companies.name_folded AS key_0, companies.npi
  AS key_1
FROM companies
WHERE true
ORDER BY companies.name_folded DESC, companies.npi DESC
LIMIT $1::INTEGER;
