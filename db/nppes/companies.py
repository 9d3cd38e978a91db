"""The main file: which of its rows are organisations, and what the directory takes from one."""

from dataclasses import dataclass
from functools import cache

import polars as pl

from db.nppes import addresses, layout, slots
from db.nppes.checks import Check, checked, date_check, day, length_check, npi_checks, npi_in
from db.nppes.rejects import Reject
from db.nppes.values import clean, is_in_plan, is_yes, json, phone

_DATES = (layout.ENUMERATED, layout.UPDATED, layout.DEACTIVATED, layout.REACTIVATED, layout.CERTIFIED)
_PLAIN = (
    layout.NPI, layout.ENTITY_TYPE, layout.REPLACEMENT, layout.LEGAL_NAME,
    layout.OTHER_NAME, layout.OTHER_NAME_TYPE, *layout.MAILING.values(), *layout.PRACTICE.values(),
    *_DATES, layout.IS_SUBPART, layout.PARENT_NAME,
    *layout.OFFICIAL.values(),
)  # fmt: skip

NAME_KINDS = {
    "1": "FORMER_NAME",
    "2": "PROFESSIONAL",
    "3": "DOING_BUSINESS_AS",
    "4": "FORMER_LEGAL",
    "5": "OTHER",
}
# What companies are sought by, of texts of any length.
_SOUGHT = (
    layout.LEGAL_NAME, layout.OTHER_NAME, layout.PARENT_NAME,
    *(layout.PRACTICE[field] for field in addresses.SOUGHT),
)  # fmt: skip

# Of an other name: "the real names are in the other file".
_ELSEWHERE = "6"

# In the order of the staging table of the same name.
STAGED = (
    "line", "npi", "name", "other_names", "npi_status", "deactivated_on", "reactivated_on", "replacement_npi",
    "enumerated_on", "nppes_updated_on", "certified_on", "is_subpart", "parent_name", "taxonomies",
    "taxonomy_codes", "identifiers", "mailing_address", "phone", "fax", "authorized_official",
    "location_id", "has_location", "line1", "line2", "city", "state", "postal_code", "plus4",
    "country", "location_phone", "location_fax", "digest",
)  # fmt: skip


@dataclass(frozen=True)
class Parsed:
    """One block of the main file.

    `organisations` are as STAGED; `deactivations` are rows of a number and a date, and people whose number is
    deactivated; `people` are those whose number is in force: `npi`, `was_deactivated`; `individuals`
    counts all. `lost_zeros` rows have lost their ZIP's zeros.
    """

    organisations: pl.DataFrame
    deactivations: pl.DataFrame
    people: pl.DataFrame
    individuals: int
    lost_zeros: int
    rejects: list[Reject]


def parse(frame: pl.DataFrame) -> Parsed:
    """Return what a block's rows are, each organisation's row ready for staging."""
    cleaned, kinds = _with_all_columns(frame), pl.col(layout.ENTITY_TYPE)
    good, rejects = checked(cleaned, [*npi_checks(), *_row_checks()])
    # Few columns are taken before rows are: filtering all 330 costs more than the rest.
    statuses = good.select(
        "line",
        npi=layout.NPI,
        kind=layout.ENTITY_TYPE,
        deactivated_on=day(layout.DEACTIVATED),
        replacement_npi=layout.REPLACEMENT,
        is_active=_is_active(),
    )
    people = statuses.filter(pl.col("kind") == "1")
    gone = pl.col("kind").is_null() | ((pl.col("kind") == "1") & ~pl.col("is_active"))
    organisations, lost_zeros = _without_lost_zeros(good.filter(kinds == "2"))
    return Parsed(
        organisations=_organisations(organisations),
        deactivations=statuses.filter(gone).select(
            "line", "npi", "deactivated_on", npi_in("replacement_npi").alias("replacement_npi")
        ),
        people=people.filter("is_active").select("npi", was_deactivated=pl.col("deactivated_on").is_not_null()),
        individuals=people.height,
        lost_zeros=lost_zeros,
        rejects=rejects,
    )


def _without_lost_zeros(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    lost = [addresses.lost_zeros(frame, columns) for columns in (layout.PRACTICE, layout.MAILING)]
    for columns, each in zip((layout.PRACTICE, layout.MAILING), lost, strict=True):
        frame = addresses.without_codes(frame, columns, each)
    is_any = lost[0] | lost[1]
    if is_any.any():
        # What is told of a row must be told again.
        frame = frame.with_columns(pl.when(~is_any).then("digest").alias("digest"))
    return frame, int(is_any.sum())


def _is_active() -> pl.Expr:
    """Return whether a row's NPI is in force; a reactivated one keeps both dates."""
    deactivated, reactivated = day(layout.DEACTIVATED), day(layout.REACTIVATED)
    return deactivated.is_null() | (reactivated >= deactivated).fill_null(value=False)


def _with_all_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with its plain columns clean, and those that older files lack as null."""
    present = set(frame.columns)
    lacking = [column for column in layout.HEADERS[layout.FileKind.COMPANIES] if column not in present]
    if "digest" not in present:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias("digest"))
    full = frame.with_columns(pl.lit(None, pl.String).alias(column) for column in lacking)
    return full.with_columns(clean(column) for column in _PLAIN)


@cache
def _row_checks() -> list[Check]:
    kind = pl.col(layout.ENTITY_TYPE)
    organisation = (kind == "2").fill_null(value=False)
    bare = kind.is_null()
    known = kind.is_in(["1", "2"]).fill_null(value=False)
    dates = [date_check(column) for column in _DATES]
    lengths = [length_check(column) for column in _SOUGHT]
    return [
        Check("the entity type is neither 1 nor 2", ~known & ~bare),
        *(Check(check.reason, check.fails & (organisation | bare)) for check in dates),
        Check("no entity type and no deactivation date", bare & pl.col(layout.DEACTIVATED).is_null()),
        Check("an organisation without a name", organisation & pl.col(layout.LEGAL_NAME).is_null()),
        *(Check(check.reason, check.fails & organisation) for check in lengths),
    ]


def _organisations(frame: pl.DataFrame) -> pl.DataFrame:
    place = addresses.address(layout.PRACTICE)
    somewhere = addresses.is_somewhere(layout.PRACTICE)
    planned = frame.with_columns(
        is_planned=is_in_plan(layout.PRACTICE["country"]),
        mailing_is_planned=is_in_plan(layout.MAILING["country"]),
    )
    staged = planned.select(
        "line",
        npi=layout.NPI,
        name=layout.LEGAL_NAME,
        other_names=_other_names(),
        npi_status=pl.when(_is_active()).then(pl.lit("ACTIVE")).otherwise(pl.lit("DEACTIVATED")),
        deactivated_on=day(layout.DEACTIVATED),
        reactivated_on=day(layout.REACTIVATED),
        replacement_npi=npi_in(layout.REPLACEMENT),
        enumerated_on=day(layout.ENUMERATED),
        nppes_updated_on=day(layout.UPDATED),
        certified_on=day(layout.CERTIFIED),
        is_subpart=is_yes(layout.IS_SUBPART),
        parent_name=layout.PARENT_NAME,
        mailing_address=pl.when(addresses.is_somewhere(layout.MAILING)).then(
            json(**addresses.address(layout.MAILING))
        ),
        phone=phone(layout.MAILING["phone"], "mailing_is_planned"),
        fax=phone(layout.MAILING["fax"], "mailing_is_planned"),
        authorized_official=_official(),
        has_location=somewhere,
        **place,
        location_phone=phone(layout.PRACTICE["phone"], "is_planned"),
        location_fax=phone(layout.PRACTICE["fax"], "is_planned"),
        digest="digest",
    )
    return _with_ids(_with_slots(staged, frame)).select(STAGED)


def _other_names() -> pl.Expr:
    name, kind = pl.col(layout.OTHER_NAME), pl.col(layout.OTHER_NAME_TYPE)
    named = json(name=name, kind=kind.replace_strict(NAME_KINDS, default="OTHER"))
    told = name.is_not_null() & (kind != _ELSEWHERE).fill_null(value=True)
    return pl.when(told).then("[" + named + "]").otherwise(pl.lit("[]"))


def _official() -> pl.Expr:
    fields = {field: pl.col(column) for field, column in layout.OFFICIAL.items()}
    fields["phone"] = phone(layout.OFFICIAL["phone"], "mailing_is_planned")
    named = pl.any_horizontal(pl.col(column).is_not_null() for column in layout.OFFICIAL.values())
    return pl.when(named).then(json(**fields))


def _with_slots(staged: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    joined = staged.join(slots.taxonomies(frame), on="line", how="left").join(
        slots.identifiers(frame), on="line", how="left"
    )
    return joined.with_columns(
        pl.col("taxonomies", "identifiers").fill_null("[]"), pl.col("taxonomy_codes").fill_null("{}")
    )


def _with_ids(staged: pl.DataFrame) -> pl.DataFrame:
    """Add the id of the primary location."""
    names = staged.select(location_id=pl.col("npi") + ":primary")
    return staged.with_columns(addresses.location_ids(names["location_id"]))
