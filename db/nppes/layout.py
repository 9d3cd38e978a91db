"""The columns of the files that CMS publishes, by the names in their header lines."""

from enum import Enum

# Of the V.2 main file.
TAXONOMY_SLOTS = 15
IDENTIFIER_SLOTS = 50


class FileKind(Enum):
    """The files that the directory is made of, in the order in which they are loaded."""

    COMPANIES = "npidata"
    DEACTIVATIONS = "deactivated"
    NAMES = "othername"
    LOCATIONS = "pl"

    @property
    def prefix(self) -> str:
        """Return how names of such files start."""
        return f"{self.value}_pfile_"

    @property
    def rank(self) -> int:
        """Return the kind's place in the order of loading."""
        return list(FileKind).index(self)


# The three CSV files of a release; the report of deactivations is published apart, as a workbook.
RELEASE = (FileKind.COMPANIES, FileKind.NAMES, FileKind.LOCATIONS)

NPI = "NPI"
ENTITY_TYPE = "Entity Type Code"
REPLACEMENT = "Replacement NPI"
LEGAL_NAME = "Provider Organization Name (Legal Business Name)"
OTHER_NAME = "Provider Other Organization Name"
OTHER_NAME_TYPE = "Provider Other Organization Name Type Code"
ENUMERATED = "Provider Enumeration Date"
UPDATED = "Last Update Date"
DEACTIVATED = "NPI Deactivation Date"
REACTIVATED = "NPI Reactivation Date"
# In the report of deactivations.
REPORTED = "NPPES Deactivation Date"
CERTIFIED = "Certification Date"
IS_SUBPART = "Is Organization Subpart"
PARENT_NAME = "Parent Organization LBN"

_ADDRESS = (
    ("line1", "Provider First Line Business {} Address"),
    ("line2", "Provider Second Line Business {} Address"),
    ("city", "Provider Business {} Address City Name"),
    ("state", "Provider Business {} Address State Name"),
    ("postal_code", "Provider Business {} Address Postal Code"),
    ("country", "Provider Business {} Address Country Code (If outside U.S.)"),
    ("phone", "Provider Business {} Address Telephone Number"),
    ("fax", "Provider Business {} Address Fax Number"),
)
MAILING = {field: name.format("Mailing") for field, name in _ADDRESS}
PRACTICE = {field: name.format("Practice Location") for field, name in _ADDRESS}

OFFICIAL = {
    "first_name": "Authorized Official First Name",
    "middle_name": "Authorized Official Middle Name",
    "last_name": "Authorized Official Last Name",
    "title": "Authorized Official Title or Position",
    "phone": "Authorized Official Telephone Number",
    "prefix": "Authorized Official Name Prefix Text",
    "suffix": "Authorized Official Name Suffix Text",
    "credential": "Authorized Official Credential Text",
}
TAXONOMY = {
    "code": "Healthcare Provider Taxonomy Code_{}",
    "license_number": "Provider License Number_{}",
    "license_state": "Provider License Number State Code_{}",
    "switch": "Healthcare Provider Primary Taxonomy Switch_{}",
    "group": "Healthcare Provider Taxonomy Group_{}",
}
IDENTIFIER = {
    "identifier": "Other Provider Identifier_{}",
    "type_code": "Other Provider Identifier Type Code_{}",
    "state": "Other Provider Identifier State_{}",
    "issuer": "Other Provider Identifier Issuer_{}",
}
# One hyphen without a space before it and one blank too many are in the file; blanks are made one on reading.
SECONDARY = {
    "line1": "Provider Secondary Practice Location Address- Address Line 1",
    "line2": "Provider Secondary Practice Location Address-  Address Line 2",
    "city": "Provider Secondary Practice Location Address - City Name",
    "state": "Provider Secondary Practice Location Address - State Name",
    "postal_code": "Provider Secondary Practice Location Address - Postal Code",
    "country": "Provider Secondary Practice Location Address - Country Code (If outside U.S.)",
    "phone": "Provider Secondary Practice Location Address - Telephone Number",
    "phone_extension": "Provider Secondary Practice Location Address - Telephone Extension",
    "fax": "Provider Practice Location Address - Fax Number",
}


def normalised(name: str) -> str:
    """Return a column's name as columns are compared: one blank between words, no difference of case."""
    return " ".join(name.split()).casefold()


def slots(names: dict[str, str], count: int, *fields: str) -> list[str]:
    """Return the columns of a repeating group, all the fields of slot 1 first."""
    return [names[field].format(slot) for slot in range(1, count + 1) for field in fields]


def _main_header() -> list[str]:
    return [
        NPI, ENTITY_TYPE, REPLACEMENT, "Employer Identification Number (EIN)", LEGAL_NAME,
        "Provider Last Name (Legal Name)", "Provider First Name", "Provider Middle Name",
        "Provider Name Prefix Text", "Provider Name Suffix Text", "Provider Credential Text",
        OTHER_NAME, OTHER_NAME_TYPE,
        "Provider Other Last Name", "Provider Other First Name", "Provider Other Middle Name",
        "Provider Other Name Prefix Text", "Provider Other Name Suffix Text",
        "Provider Other Credential Text", "Provider Other Last Name Type Code",
        *MAILING.values(), *PRACTICE.values(),
        ENUMERATED, UPDATED, "NPI Deactivation Reason Code", DEACTIVATED, REACTIVATED, "Provider Sex Code",
        *(OFFICIAL[field] for field in ("last_name", "first_name", "middle_name", "title", "phone")),
        *slots(TAXONOMY, TAXONOMY_SLOTS, "code", "license_number", "license_state", "switch"),
        *slots(IDENTIFIER, IDENTIFIER_SLOTS, "identifier", "type_code", "state", "issuer"),
        "Is Sole Proprietor", IS_SUBPART, PARENT_NAME, "Parent Organization TIN",
        *(OFFICIAL[field] for field in ("prefix", "suffix", "credential")),
        *slots(TAXONOMY, TAXONOMY_SLOTS, "group"),
        CERTIFIED,
    ]  # fmt: skip


# The header lines of V.2, the current version; what is written has them, what is read need only have REQUIRED.
HEADERS = {
    FileKind.COMPANIES: _main_header(),
    FileKind.DEACTIVATIONS: [NPI, REPORTED],
    FileKind.NAMES: [NPI, OTHER_NAME, OTHER_NAME_TYPE],
    FileKind.LOCATIONS: [NPI, *SECONDARY.values()],
}

# Certification and the taxonomy groups came after 2018, so files without them are still good.
REQUIRED = {
    FileKind.COMPANIES: [
        NPI, ENTITY_TYPE, LEGAL_NAME, OTHER_NAME, OTHER_NAME_TYPE, *MAILING.values(), *PRACTICE.values(),
        ENUMERATED, UPDATED, DEACTIVATED, REACTIVATED, IS_SUBPART, PARENT_NAME,
        *(OFFICIAL[field] for field in ("last_name", "first_name", "middle_name", "title", "phone")),
        *slots(TAXONOMY, TAXONOMY_SLOTS, "code", "license_number", "license_state", "switch"),
        *slots(IDENTIFIER, IDENTIFIER_SLOTS, "identifier", "type_code", "state", "issuer"),
    ],
    FileKind.DEACTIVATIONS: HEADERS[FileKind.DEACTIVATIONS],
    FileKind.NAMES: HEADERS[FileKind.NAMES],
    FileKind.LOCATIONS: HEADERS[FileKind.LOCATIONS],
}  # fmt: skip


def kind_of(columns: list[str]) -> FileKind | None:
    """Return the kind of file that a header line belongs to, None if to none of ours."""
    present = {normalised(column) for column in columns}
    signs = (
        (FileKind.COMPANIES, ENTITY_TYPE),
        (FileKind.DEACTIVATIONS, REPORTED),
        (FileKind.LOCATIONS, SECONDARY["line1"]),
        (FileKind.NAMES, OTHER_NAME),
    )
    if normalised(NPI) not in present:
        return None
    return next((kind for kind, sign in signs if normalised(sign) in present), None)
