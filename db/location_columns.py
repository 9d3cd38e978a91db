"""A company's locations as columns of its row, in JSON."""

from base64 import b64encode

from db.nested import (
    PAGE_COLUMNS,
    JsonColumn,
    JsonColumns,
    Nested,
    Object,
    RowSource,
    decimal,
    json_columns,
    object_of,
    page_of,
    quoted,
)
from db.tables import locations

# What only searching and sorting need.
INTERNAL = frozenset({"city_folded", "rank"})

# An address on one line, as graph/types/address.py writes it.
_FORMATTED = """to_json(concat_ws(', ',
  nullif(locations.line1, ''), nullif(locations.line2, ''), nullif(locations.city, ''),
  nullif(concat_ws(' ', nullif(locations.state, ''),
    nullif(concat_ws('-', nullif(locations.postal_code, ''), nullif(locations.plus4, '')), '')), ''),
  nullif(nullif(locations.country, 'US'), '')))::text"""

# What of a location can be nested in a company's row; the last three where it has a position.
NESTABLE = {
    **json_columns(locations, but=INTERNAL, words={"kind", "source", "position_precision"}),
    "global_id": JsonColumn(quoted("'location:' || locations.id")),
    "formatted": JsonColumn(" ".join(_FORMATTED.split())),
    "latitude": JsonColumn(decimal("locations.position[1]")),
    "longitude": JsonColumn(decimal("locations.position[0]")),
    "known_precision": JsonColumn(quoted("locations.position_precision")),
}

_OF_COMPANY = "WHERE locations.npi = companies.npi"


def _counted(sql: str, cap: int) -> str:
    return f"(SELECT {sql} FROM (SELECT FROM locations {_OF_COMPANY} LIMIT {cap + 1:d}) AS counted)"  # noqa: S608 - ours


def total_columns(cap: int) -> JsonColumns:
    """Return what a company's number of locations is in JSON, where counting stops after `cap`."""
    precision = f"CASE WHEN count(*) > {cap:d} THEN 'AT_LEAST' ELSE 'EXACT' END"
    return {
        "value": JsonColumn(_counted(f"least(count(*), {cap:d})::text", cap)),
        "precision": JsonColumn(_counted(quoted(precision), cap)),
    }


# What of a page of a company's locations can be nested in its row, counts apart.
NESTABLE_PAGE = {**NESTABLE, **PAGE_COLUMNS, "cursor": JsonColumn("")}


def nested_page(wanted: Object, size: str, binding: str, cap: int) -> Nested:
    """Return the first locations of a company as a column of its row.

    `size` is an expression in SQL; `binding` ties cursors to the list, as graph/types/cursors.py has it, where an
    NPI and a character follow; counting stops after `cap`.
    """
    # Base64 of so many bytes has neither padding nor a second line, and of such characters neither + nor /.
    place = "locations.npi || ';\",' || locations.rank || ',\"' || locations.id || '\"]'"
    start = b64encode(f'["{binding}'.encode()).decode()
    cursor = f"'{start}' || encode(({place})::bytea, 'base64')"
    source = RowSource("locations", f"{_OF_COMPANY} ORDER BY locations.rank, locations.id", NESTABLE, cursor)
    return Nested(page_of(wanted, source, size, total_columns(cap)), "locations")


def nested_primary(wanted: Object) -> Nested:
    """Return the primary location of a company as a column of its row; null where there is none."""
    written = object_of(wanted, NESTABLE)
    where = "locations.npi = companies.npi AND locations.is_primary"
    return Nested(f"(SELECT {written} FROM locations WHERE {where})", "primary_location")  # noqa: S608 - ours
