"""Random reads and writes of a small part of the directory, so that most writes change what a read has said."""

import itertools
import json
import random
from collections.abc import Sequence

import asyncpg

from tests.db.nppes.cms import npi

# Companies that are entered at first, and those that are entered some time.
NPIS = ("1234567893", *map(npi, range(4)))
LATER = tuple(map(npi, range(4, 40)))
PLACES = (
    ("Austin", "TX", "78701"),
    ("San Francisco", "CA", "94105"),
    ("Dallas", "TX", "75201"),
    ("Oakland", "CA", "94601"),
)
NAMES = ("Acme Oxygen LLC", "Acme Walkers Inc", "Beta Élan Care", "O'Brien & Sons", "Beta Oxygen Inc")
PARENTS = ("Great Holding", "Small Holding")
KINDS = ("PHARMACY", "BUSINESS", "INSURANCE")

COMPANY = """ fragment C on Company {
    npi name isActive npiStatus parentName website version updatedAt isLicenseValid
    mailingAddress { city state } primaryLocation { id isPrimary address { city } }
    licenses { id number expiresOn isValid version }
}"""
LOCATION = """ fragment L on Location {
    id name isActive isPrimary kind email version updatedAt address { line1 city state postalCode }
}"""

# What `%s` stands for is a filter of companies.
OF_COMPANIES = (
    "{ companies(filter: %s, first: 50) { nodes { npi } totalCount { value } } }",
    "{ companies(filter: %s, first: 0) { facets { state { value count } status(top: 1) { value count } } } }",
    "{ companies(filter: %s, first: 3) { edges { cursor node { ...C } } pageInfo { hasNextPage } } }",
    "{ companies(filter: %s, orderBy: [{field: UPDATED_AT, direction: DESC}], first: 5) { nodes { ...C } } }",
    "{ companies(filter: %s, orderBy: [{field: RELEVANCE}], first: 5) { nodes { ...C } totalCount { value } } }",
    "{ companies(filter: %s, first: 20) { nodes { npi locations(first: 2) { nodes { ...L } } } } }",
    "{ companies(filter: %s, first: 20) { nodes { npi phone fax authorizedOfficial { lastName } } } }",
    (
        '{ companies(filter: %s, first: 20) { nodes { npi locations(filter: {state: ["TX"]}) '
        "{ nodes { ...L company { name version } } totalCount { value } } } } }"
    ),
    "{ locations(filter: {company: %s}, first: 50) { nodes { ...L company { name version } } } }",
)
# What `%s` stands for is a filter of locations.
OF_LOCATIONS = (
    "{ locations(filter: %s, first: 30) { nodes { ...L } totalCount { value } } }",
    "{ locations(filter: %s, first: 30) { nodes { company { ...C } phone email } } }",
    "{ locations(filter: %s, near: {latitude: 30.27, longitude: -97.74, radius: 50}) { nodes { ...L } } }",
    '{ locations(filter: %s, near: {postalCode: "94105"}) { edges { distance node { ...L } } } }',
    "{ locations(filter: {within: {north: 31, south: 30, east: -97, west: -98}, or: [%s]}) { nodes { ...L } } }",
    "{ companies(filter: {hasLocation: %s}, first: 50) { nodes { npi name } totalCount { value } } }",
)
# Of one number.
BY_NPI = (
    '{ company(npi: "%s") { ...C history(first: 3) { nodes { kind cursor } } } }',
    '{ company(id: "company:%s") { ...C locations { nodes { ...L } totalCount { value } } } }',
    '{ company(npi: "%s") { npi taxId phone } }',
    '{ node(id: "company:%s") { id ... on Company { ...C } } }',
    '{ verifyNpis(npis: ["%s", "1234567890"]) { input result name } }',
    '{ companiesByNpi(npis: ["%s", "2999999909"]) { ...C } }',
    '{ company(npi: "%s") { isLicenseValid(kind: PHARMACY, on: "2030-01-01") locations { nodes { ...L } } } }',
)
BY_ID = (
    '{ location(id: "%s") { ...L company { name version } } }',
    '{ node(id: "%s") { id ... on Location { ...L } } }',
    '{ nodes(ids: ["%s", "company:1234567893"]) { id ... on Location { ...L } ... on Company { npi version } } }',
)
BY_LICENSE = ('{ node(id: "%s") { ... on License { number expiresOn isValid version company { ...C } } } }',)
OF_ALL = (
    "{ dataset { cursor companies { value } locations { value } release { changedAt } } }",
    "{ companies(last: 5) { nodes { npi name } totalCount { value } } }",
    '{ suggest(prefix: "oxy") { npi name isActive } }',
)


class Traffic:
    """Makes reads and writes; the same seed makes the same ones of the same rows."""

    def __init__(self, rng: random.Random, connection: asyncpg.Connection) -> None:
        self._rng = rng
        self._connection = connection
        self._numbers = itertools.count(1)
        self._removed: list[str] = []
        self.locations: list[str] = []
        self.licenses: list[str] = []

    async def look(self) -> None:
        """Find out which locations and licenses there are."""
        query = "SELECT id FROM {} WHERE npi = ANY ($1) ORDER BY created_at, id"
        for name in ("locations", "licenses"):
            rows = await self._connection.fetch(query.format(name), NPIS)
            setattr(self, name, [f"{name[:-1]}:{row['id']}" for row in rows])

    def read(self) -> str:
        """A query."""
        rng = self._rng
        forms: list[tuple[Sequence[str], str]] = [
            (OF_COMPANIES, self._company_filter()),
            (OF_LOCATIONS, self._location_filter()),
            (BY_NPI, rng.choice((*NPIS, *LATER[:3]))),
            (OF_ALL, ""),
        ]
        forms += [(BY_ID, rng.choice(self.locations))] if self.locations else []
        forms += [(BY_LICENSE, rng.choice(self.licenses))] if self.licenses else []
        templates, value = rng.choice(forms)
        found = rng.choice(templates).replace("%s", value)
        return found + COMPANY * ("...C" in found) + LOCATION * ("...L" in found)

    def beginning(self) -> str:
        """A mutation that enters the companies, each with a place."""
        companies = ", ".join(
            f'{{npi: "{number}", name: "{name}"}}' for number, name in zip(NPIS, NAMES, strict=True)
        )
        places = ", ".join(f'{{npi: "{number}", address: {self._address()}}}' for number in NPIS)
        return (
            f"mutation {{ createCompanies(input: [{companies}]) {{ failed }} "
            f"addLocations(input: [{places}]) {{ failed }} }}"
        )

    def write(self) -> str:
        """A mutation of one field, of a list, or of several fields together or one by one."""
        rng = self._rng
        many = rng.randint(2, 3) if rng.random() < 0.15 else 1
        fields = " ".join(f"m{place}: {self._field()}" for place in range(many))
        return f"mutation {rng.choice(('', '@atomic '))}{{ {fields} }}"

    def _company_filter(self) -> str:
        rng = self._rng
        city, state, postal_code = rng.choice(PLACES)
        return rng.choice([
            f'{{state: ["{state}"]}}',
            f'{{city: ["{rng.choice((city, city.upper()))}"], isActive: {rng.choice(("true", "false"))}}}',
            f'{{postalCode: ["{postal_code}"]}}',
            f'{{npi: ["{rng.choice(NPIS)}", "{rng.choice(NPIS)}"]}}',
            f'{{search: "{rng.choice(("acme", "beta oxy", "o brien", "elan"))}"}}',
            f'{{search: "{rng.choice(("acem", "bta oxy"))}", state: ["{state}"]}}',
            f'{{parentName: ["{rng.choice(PARENTS)}"]}}',
            "{npiStatus: [ACTIVE], isActive: false}",
            "{hasValidLicense: true}",
            '{licenseExpires: {from: "2030-01-01"}}',
            f'{{not: {{state: ["{state}"]}}, search: "acme"}}',
            f'{{or: [{{state: ["{state}"]}}, {{parentName: ["{PARENTS[0]}"]}}], isActive: true}}',
            f'{{hasLocation: {{city: ["{city}"], isActive: true}}}}',
        ])  # fmt: skip

    def _location_filter(self) -> str:
        rng = self._rng
        city, state, postal_code = rng.choice(PLACES)
        return rng.choice([
            f'{{state: ["{state}"]}}',
            f'{{city: ["{city}"]}}',
            f'{{postalCode: ["{postal_code}"], isActive: true}}',
            f'{{npi: ["{rng.choice(NPIS)}"]}}',
            f'{{isPrimary: true, state: ["{state}"]}}',
            f'{{company: {{search: "acme", state: ["{state}"]}}}}',
            "{kind: [WAREHOUSE]}",
        ])  # fmt: skip

    def _field(self) -> str:
        """One field of a mutation; one in four has a list of rows, one in twelve is only tried."""
        rng = self._rng
        verb, verbs, payload, make = rng.choice(VERBS)
        tried = ", validateOnly: true" if rng.random() < 0.08 else ""
        wanted = f"{{ {payload} {{ id }} userErrors {{ code message }} }}"
        if rng.random() < 0.25:
            rows = ", ".join(make(self) for _ in range(rng.randint(1, 4)))
            return f"{verbs}(input: [{rows}], onError: REJECT_FAILED{tried}) {{ outcomes {wanted} }}"
        return f"{verb}(input: {make(self)}{tried}) {wanted}"

    def _address(self) -> str:
        city, state, postal_code = self._rng.choice(PLACES)
        line1 = f"{next(self._numbers)} Pier Rd"
        return f'{{line1: "{line1}", city: "{city}", state: "{state}", postalCode: "{postal_code}"}}'

    def _location(self) -> str:
        return self._rng.choice(self.locations or [NOWHERE])

    def create(self) -> str:
        rng = self._rng
        return f'{{npi: "{rng.choice(LATER)}", name: "{rng.choice(NAMES)}", parentName: "{rng.choice(PARENTS)}"}}'

    def update_company(self) -> str:
        rng = self._rng
        what = rng.choice([
            f'name: "{rng.choice(NAMES)}"',
            f'website: "https://w{next(self._numbers)}.example"',
            f"parentName: {json.dumps(rng.choice((*PARENTS, None)))}",
            f"mailingAddress: {self._address()}",
        ])  # fmt: skip
        return f'{{npi: "{rng.choice(NPIS)}", {what}}}'

    def set_active(self) -> str:
        return f'{{npi: "{self._rng.choice(NPIS)}", isActive: {self._rng.choice(("true", "false", "null"))}}}'

    def add_location(self) -> str:
        return f'{{npi: "{self._rng.choice(NPIS)}", address: {self._address()}, kind: WAREHOUSE}}'

    def update_location(self) -> str:
        what = self._rng.choice([
            f"address: {self._address()}",
            f'name: "Door {next(self._numbers)}"',
            f"isActive: {self._rng.choice(('true', 'false'))}",
        ])  # fmt: skip
        return f'{{id: "{self._location()}", {what}}}'

    def choose_location(self) -> str:
        return f'{{id: "{self._location()}"}}'

    def remove_location(self) -> str:
        found = self._location()
        self._removed.append(found)
        return f'{{id: "{found}"}}'

    def restore_location(self) -> str:
        return f'{{id: "{self._rng.choice(self._removed or [NOWHERE])}"}}'

    def add_license(self) -> str:
        rng = self._rng
        day, company = rng.choice(("2020-01-01", "2031-01-01")), rng.choice(NPIS)
        of_company = f'npi: "{company}", kind: {rng.choice(KINDS)}'
        return f'{{{of_company}, number: "N{next(self._numbers)}", issuer: "Board", expiresOn: "{day}"}}'

    def _license(self) -> str:
        return self._rng.choice(self.licenses or [NOWHERE.replace("location", "license")])

    def renew_license(self) -> str:
        return f'{{id: "{self._license()}", expiresOn: "203{self._rng.randint(0, 9)}-05-05"}}'

    def remove_license(self) -> str:
        return f'{{id: "{self._license()}"}}'


NOWHERE = "location:00000000-0000-0000-0000-000000000000"

# Of each verb its name, that of its list, what its payload has, and what makes a row.
VERBS = (
    ("createCompany", "createCompanies", "company", Traffic.create),
    ("updateCompany", "updateCompanies", "company", Traffic.update_company),
    ("setCompanyActive", "setCompaniesActive", "company", Traffic.set_active),
    ("addLocation", "addLocations", "location", Traffic.add_location),
    ("updateLocation", "updateLocations", "location", Traffic.update_location),
    ("setPrimaryLocation", "setPrimaryLocations", "location", Traffic.choose_location),
    ("removeLocation", "removeLocations", "location", Traffic.remove_location),
    ("restoreLocation", "restoreLocations", "location", Traffic.restore_location),
    ("addLicense", "addLicenses", "license", Traffic.add_license),
    ("renewLicense", "renewLicenses", "license", Traffic.renew_license),
    ("removeLicense", "removeLicenses", "license", Traffic.remove_license),
)
