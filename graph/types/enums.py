"""The enumerations that more than one type uses; their values are the database's own words."""

from enum import Enum

import strawberry
from strawberry import enum_value


@strawberry.enum(description="The status of an NPI in NPPES.")
class NpiStatus(Enum):
    """An NPI's status in the registry."""

    ACTIVE = enum_value("ACTIVE", description="Issued and active.")
    DEACTIVATED = enum_value("DEACTIVATED", description="Deactivated by CMS, and not reactivated since.")
    UNKNOWN = enum_value(
        "UNKNOWN",
        description=(
            "Entered by hand, and not in the registry; or the registry has since assigned the number to an "
            "individual."
        ),
    )


@strawberry.enum(description="Where a record comes from.")
class RecordSource(Enum):
    """A record's origin."""

    NPPES = enum_value("NPPES", description="From a file of the public registry.")
    MANUAL = enum_value("MANUAL", description="Entered by hand.")
    SAMPLE = enum_value("SAMPLE", description="Invented: part of the built-in sample.")


@strawberry.enum(description="What a file is about.")
class FileKind(Enum):
    """The kinds of files that are loaded."""

    COMPANIES = enum_value("COMPANIES", description="Companies and their primary locations (npidata).")
    DEACTIVATIONS = enum_value("DEACTIVATIONS", description="Which numbers are deactivated: the report.")
    NAMES = enum_value("NAMES", description="Other names of companies (othername).")
    LOCATIONS = enum_value("LOCATIONS", description="Secondary locations (pl).")
    ZIPS = enum_value("ZIPS", description="Centroids of ZIPs.")
    TAXONOMIES = enum_value("TAXONOMIES", description="The names of taxonomy codes (NUCC).")


@strawberry.enum(description="The kinds of locations.")
class LocationKind(Enum):
    """A location's role."""

    PRIMARY_PRACTICE = enum_value("PRIMARY_PRACTICE", description="The primary practice location in NPPES.")
    SECONDARY_PRACTICE = enum_value("SECONDARY_PRACTICE", description="A further practice location in NPPES.")
    WAREHOUSE = enum_value("WAREHOUSE", description="Holds stock; patients don't come here.")
    OTHER = enum_value("OTHER", description="Anything else, as entered by hand.")


@strawberry.enum(description="The kinds of licenses.")
class LicenseKind(Enum):
    """What a supplier must hold, and what may be asked of other companies."""

    MEDICAL_EQUIPMENT = enum_value(
        "MEDICAL_EQUIPMENT", description="A state's license to supply medical equipment, oxygen or orthotics."
    )
    PHARMACY = enum_value("PHARMACY", description="A state's license to run a pharmacy.")
    FACILITY = enum_value(
        "FACILITY", description="A state's license to run a health care facility, home health agency or hospice."
    )
    BUSINESS = enum_value("BUSINESS", description="A business license of a state, county or city.")
    ACCREDITATION = enum_value(
        "ACCREDITATION", description="An accreditation, such as one by ACHC, BOC or The Joint Commission."
    )
    SURETY_BOND = enum_value("SURETY_BOND", description="A surety bond, as Medicare asks of suppliers.")
    INSURANCE = enum_value("INSURANCE", description="A liability insurance.")
    OTHER = enum_value("OTHER", description="Anything else, as its `name` says.")


@strawberry.enum(description="The kinds of names.")
class NameKind(Enum):
    """A name's kind, after the registry's type codes."""

    LEGAL = enum_value("LEGAL", description="The legal business name.")
    DOING_BUSINESS_AS = enum_value("DOING_BUSINESS_AS", description="The name it trades under (code 3).")
    FORMER_LEGAL = enum_value("FORMER_LEGAL", description="A former legal business name (code 4).")
    FORMER_NAME = enum_value("FORMER_NAME", description="A former name (code 1).")
    PROFESSIONAL = enum_value("PROFESSIONAL", description="A professional name (code 2).")
    OTHER = enum_value("OTHER", description="Another name (code 5).")


@strawberry.enum(description="How precisely a position is known.")
class CoordinatePrecision(Enum):
    """What a position stands for."""

    ZIP5_CENTROID = enum_value("ZIP5_CENTROID", description="The centre of the five-digit ZIP's area.")
    ROOFTOP = enum_value("ROOFTOP", description="The building itself.")


@strawberry.enum(description="Which way a list is sorted.")
class SortDirection(Enum):
    """Ascending or descending."""

    ASC = enum_value("ASC", description="Smallest first; an absent value before all others.")
    DESC = enum_value("DESC", description="Largest first; an absent value after all others.")
