import { client, session } from "./urql.js";

session.token = process.env.TOKEN;
const location = `id source address { formatted } position { latitude } company { npi }`;
const company = `npi names { name } identifiers { identifier } taxonomies { code } mailingAddress { city }
  authorizedOfficial { lastName } primaryLocation { ${location} } locations { totalCount { value } nodes { id } }`;
const query = `query All($npi: NPI!) {
  company(npi: $npi) { ${company} }
  locations(first: 1) { edges { node { ${location} } } }
  dataset { companies { value } release { fileName files { kind } } }
  verifyNpis(npis: ["1"]) { result }
  viewer { roles }
}`;
const { data, error } = await client.query(query, { npi: "2030586814" });
console.log(JSON.stringify({ data, error: error?.message }));
