"""Addresses as CMS writes them, and the ids of locations, which CMS doesn't give."""

import hashlib
from uuid import UUID

import polars as pl

# Every location id is a UUIDv5 in this namespace; it must never change.
NAMESPACE = UUID("6f0f6a52-3b1e-5d0c-9a77-52d3c1b8e4aa")
_NAMESPACE_BYTES = NAMESPACE.bytes

# The abbreviations of USPS Publication 28 that the files use beside the full words. All that stands before the
# number of a rented room is one thing: the same place is "Ste 210", "Suite #210" and "Unit 210".
_WORDS = {
    "SUITE": "#", "STE": "#", "SUIT": "#", "SUITTE": "#", "UNIT": "#", "APT": "#", "APARTMENT": "#",
    "STREET": "ST", "STR": "ST", "AVENUE": "AVE", "AV": "AVE", "ROAD": "RD", "DRIVE": "DR",
    "BOULEVARD": "BLVD", "LANE": "LN", "COURT": "CT", "PLACE": "PL", "SQUARE": "SQ", "CIRCLE": "CIR",
    "PARKWAY": "PKWY", "PKY": "PKWY", "HIGHWAY": "HWY", "TERRACE": "TER", "TRAIL": "TRL", "PLAZA": "PLZ",
    "EXPRESSWAY": "EXPY", "FREEWAY": "FWY", "TURNPIKE": "TPKE", "CENTER": "CTR", "CENTRE": "CTR",
    "ROUTE": "RTE", "RT": "RTE", "POINT": "PT", "HEIGHTS": "HTS", "CROSSING": "XING", "COVE": "CV",
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W",
    "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE", "SOUTHWEST": "SW",
    "BUILDING": "BLDG", "FLOOR": "FL", "FLR": "FL", "ROOM": "RM", "DEPARTMENT": "DEPT",
    "SAINT": "ST", "MOUNT": "MT", "FORT": "FT",
    "FIRST": "1ST", "SECOND": "2ND", "THIRD": "3RD", "FOURTH": "4TH", "FIFTH": "5TH",
}  # fmt: skip

# Fields of an address that places are sought by.
SOUGHT = ("city", "state", "postal_code")

# States whose ZIPs begin with 0, and with 00 (AE is the military in Europe).
_ZIPS_FROM_0 = ("CT", "MA", "ME", "NH", "NJ", "RI", "VT", "AE")
_ZIPS_FROM_00 = ("PR", "VI")
_ZIP = len("00000")


def address(columns: dict[str, str]) -> dict[str, pl.Expr]:
    """Return the fields of an address from clean columns: ZIP+4 split, the country filled in."""
    country = pl.col(columns["country"]).fill_null("US").str.to_uppercase()
    code = pl.col(columns["postal_code"])
    digits = code.str.replace("-", "", literal=True)
    long = (country == "US") & digits.str.contains(r"^[0-9]{9}$")
    state = pl.col(columns["state"])
    return {
        "line1": pl.col(columns["line1"]),
        "line2": pl.col(columns["line2"]),
        "city": pl.col(columns["city"]),
        "state": pl.when(country == "US").then(state.str.to_uppercase()).otherwise(state),
        "postal_code": pl.when(long).then(digits.str.head(5)).otherwise(code),
        "plus4": pl.when(long).then(digits.str.tail(4)),
        "country": country,
    }


def lost_zeros(frame: pl.DataFrame, columns: dict[str, str]) -> pl.Series:
    """Return of each row whether a spreadsheet took its US ZIP's leading zeros away: 2115 in Massachusetts."""
    code = frame[columns["postal_code"]]
    length = code.str.len_bytes()
    # Nearly all have 5 or 9 digits, so that the rest is seldom looked at.
    is_odd = (length < _ZIP) | length.is_in([7, 8]) | code.str.contains("-", literal=True)
    if not is_odd.any():
        return pl.Series("lost", [False], pl.Boolean).new_from_index(0, frame.height)
    digits, state = code.str.replace("-", "", literal=True), frame[columns["state"]].str.to_uppercase()
    one = digits.str.contains(r"^[1-9]([0-9]{3}|[0-9]{7})$") & state.is_in(_ZIPS_FROM_0)
    two = digits.str.contains(r"^[1-9]([0-9]{2}|[0-9]{6})$") & state.is_in(_ZIPS_FROM_00)
    in_us = frame[columns["country"]].fill_null("US").str.to_uppercase() == "US"
    return (in_us & (one | two)).fill_null(value=False)


def without_codes(frame: pl.DataFrame, columns: dict[str, str], where: pl.Series) -> pl.DataFrame:
    """Return the rows without the ZIPs of some."""
    if not where.any():
        return frame
    column = columns["postal_code"]
    return frame.with_columns(pl.when(~where).then(pl.col(column)).alias(column))


def is_somewhere(columns: dict[str, str]) -> pl.Expr:
    """Return whether an address says any more than its country."""
    told = ("line1", "line2", "city", "state", "postal_code")
    return pl.any_horizontal(pl.col(columns[field]).is_not_null() for field in told)


def key(line1: pl.Expr, line2: pl.Expr, city: pl.Expr, state: pl.Expr, postal_code: pl.Expr) -> pl.Expr:
    """Return an address as it is compared: two spellings of one place give one text."""
    street = _compared(pl.concat_str(line1.fill_null(""), line2.fill_null(""), separator=" "))
    parts = (_compared(city.fill_null("")), state.fill_null("").str.to_uppercase())
    return pl.concat_str(street, *parts, postal_code.fill_null("").str.head(5), separator="|")


def _compared(text: pl.Expr) -> pl.Expr:
    # Two blanks round each word let neighbours be replaced both.
    spaced = (
        text.str.to_uppercase().str.replace_all(r"['\x{2019}.]+", "").str.replace_all("#", " # ", literal=True)
    )
    padded = pl.concat_str(pl.lit(" "), spaced.str.replace_all(r"[^\pL\pN#]+", "  "), pl.lit(" "))
    unified = padded.str.replace_many([f" {word} " for word in _WORDS], [f" {word} " for word in _WORDS.values()])
    return unified.str.replace_all(r"[ #]*#[ #]*", " # ").str.replace_all(r" +", " ").str.strip_chars()


def location_ids(names: pl.Series) -> pl.Series:
    """Return the ids (UUIDv5, 32 hexadecimal digits) of locations by name: `npi:primary` or `npi:key`."""
    return pl.Series(names.name, [_uuid5(name) for name in names.to_list()], pl.String)


def _uuid5(name: str) -> str:
    # RFC 9562, 5.5: version 5 in the seventh byte, the variant in the two highest bits of the ninth.
    # uuid.uuid5 gives the same four times slower.
    digest = hashlib.sha1(_NAMESPACE_BYTES + name.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:12]}5{digest[13:16]}{'89ab'[int(digest[16], 16) & 3]}{digest[17:32]}"
