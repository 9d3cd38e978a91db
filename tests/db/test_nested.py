"""Rows inside their owner's row: what PostgreSQL writes as JSON is what the rows themselves say."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
from asyncpg import Point
from hypothesis import given
from hypothesis import strategies as st

from db import companies, licenses, location_columns, locations
from db.columns import Columns
from db.location_columns import NESTABLE
from db.nested import PAGE_COLUMNS, Constant, Object, Rows
from db.statement import parameter
from graph.types.address import formatted
from graph.types.cursors import encode_cursor

NPI = "1000000001"
COMPANY = {"npi": NPI, "name": "a", "npi_status": "ACTIVE", "source": "NPPES"}

# Quotes, backslashes, control characters, line separators, characters past 16 bits, and whatever else there is.
TEXTS = st.none() | st.sampled_from(["", '"', "\\", "a\tb\nc\x01", "\u2028</script>", "😀", "null"]) | st.text()
STORED = TEXTS.map(lambda text: text and text.encode(errors="ignore").decode().replace("\0", ""))

POSITION = ("latitude", "longitude", "known_precision")
COLUMNS = sorted(set(NESTABLE) - {"global_id", "formatted", *POSITION})
PLACED = Object(tuple((name, name) for name in POSITION), unless="locations.position")
WHOLE = Object((*((name, name) for name in NESTABLE if name not in POSITION), ("position", PLACED)))
NOTHING = Object(())
PAGE = Object(
    (
        ("rows", Rows(WHOLE)),
        ("edges", Rows(Object((("node", WHOLE), ("type", Constant("Edge")))))),
        ("empty", Rows(NOTHING)),
        ("half", Rows(Object((("node", NOTHING), ("type", Constant("Edge")))))),
        ("none", NOTHING),
    )
)
PLACES = Object(
    (
        *PAGE.members,
        ("places", Rows(Object((("cursor", "cursor"), ("node", Object((("id", "global_id"),))))))),
        ("info", Object(tuple((name, name) for name in PAGE_COLUMNS))),
        ("total", Object((("value", "value"), ("precision", "precision")))),
    )
)
LIST, CAP = "0123456789ab:", 3


# With a fraction of a second and without.
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)) | st.sampled_from(  # noqa: DTZ001
    [datetime(2025, 10, 13, 12, tzinfo=UTC), datetime(2025, 10, 13, 12, 0, 0, 1000, tzinfo=UTC)]
)
DEGREES = st.floats(-180, 180, allow_nan=False) | st.sampled_from([0.0, -0.0, 30.0, -97.7431, 1e-7])
POSITIONS = st.just({"position": None, "position_precision": None}) | st.builds(
    lambda x, y: {"position": Point(x, y), "position_precision": "ROOFTOP"}, DEGREES, DEGREES
)


@st.composite
def location_rows(draw: Any) -> list[dict[str, Any]]:
    """Draw a company's locations, in their order."""
    texts = (
        "name",
        "line1",
        "line2",
        "city",
        "state",
        "postal_code",
        "plus4",
        "phone",
        "fax",
        "email",
        "time_zone",
    )
    ids = sorted(draw(st.sets(st.uuids(), max_size=5)))
    return [
        {
            "id": id_,
            "npi": NPI,
            "kind": draw(st.sampled_from(("PRIMARY_PRACTICE", "WAREHOUSE"))),
            "is_primary": place == 0,
            "is_active": draw(st.booleans()),
            "country": draw(st.sampled_from(("US", "CA", ""))),
            "updated_at": draw(INSTANTS),
            **draw(POSITIONS),
            "version": draw(st.integers(-(2**31), 2**31 - 1)),
            "source": "MANUAL",
            **{name: draw(STORED) for name in texts},
        }
        for place, id_ in enumerate(ids)
    ]


def told(row: Any) -> dict[str, Any]:
    """Return what the columns of a row are in JSON."""
    found = {name: json.loads(orjson.dumps(row[name])) for name in COLUMNS}
    position = row["position"] and {
        "latitude": row["position"].y,
        "longitude": row["position"].x,
        "known_precision": row["position_precision"],
    }
    own = {"global_id": f"location:{row['id']}", "formatted": formatted(row), "position": position}
    return found | own


def cursor_of(row: Any) -> str:
    return encode_cursor(f"{LIST}{row['npi']};", (0 if row["is_primary"] else 1, row["id"]))


def page_of(expected: list[dict[str, Any]], size: int) -> dict[str, Any]:
    """Return what PAGE is in JSON."""
    return {
        "rows": expected[:size],
        "edges": [{"node": each, "type": "Edge"} for each in expected[:size]],
        "empty": [{} for _ in expected[:size]],
        "half": [{"node": {}, "type": "Edge"} for _ in expected[:size]],
        "none": {},
    }


def places_of(found: list[Any], size: int) -> dict[str, Any]:
    """Return what PLACES has in JSON besides."""
    cursors = [cursor_of(row) for row in found[:size]]
    ids = [f"location:{row['id']}" for row in found]
    return {
        "places": [{"cursor": cursor, "node": {"id": id_}} for cursor, id_ in zip(cursors, ids, strict=False)],
        "info": {
            "has_next": len(found) > size,
            "has_previous": False,
            "start_cursor": cursors[0] if cursors else None,
            "end_cursor": cursors[-1] if cursors else None,
        },
        "total": {"value": min(len(found), CAP), "precision": "AT_LEAST" if len(found) > CAP else "EXACT"},
    }


@given(location_rows(), st.integers(0, 5))
async def test_nested_rows_are_the_rows(scratch: Any, rows: list[dict[str, Any]], size: int) -> None:
    await scratch.empty()
    await scratch.insert("companies", [COMPANY])
    await scratch.insert("locations", rows)
    page, places = (location_columns.nested_page(each, "$(size)::int", LIST, CAP) for each in (PAGE, PLACES))
    primary, empty = location_columns.nested_primary(WHOLE), location_columns.nested_primary(NOTHING)
    columns = Columns(("name", page, places, primary, empty)).taking({parameter("size"): size})
    [owner] = await companies.by_npi(scratch.database, [NPI], columns)
    assert owner is not None
    found = [row for row in await locations.by_id(scratch.database, [row["id"] for row in rows]) if row]
    expected = [told(row) for row in found]
    assert json.loads(owner[1]) == page_of(expected, size)
    assert json.loads(owner[2]) == page_of(expected, size) | places_of(found, size)
    assert (owner[3] and json.loads(owner[3])) == (expected[0] if expected else None)
    assert owner[page.name] == owner[1]
    assert owner[4] == ("{}" if expected else None)


@st.composite
def license_rows(draw: Any) -> list[dict[str, Any]]:
    """Draw a company's licenses, in their order."""
    drawn = draw(st.lists(st.tuples(st.dates(), st.uuids()), max_size=4, unique_by=lambda each: each[1]))
    return [
        {
            "id": id_,
            "npi": NPI,
            "kind": draw(st.sampled_from(("PHARMACY", "OTHER"))),
            "number": draw(STORED) or "1",
            **{name: draw(STORED) for name in ("name", "state", "issuer")},
            "issued_on": draw(st.sampled_from((None, day))),
            "expires_on": day,
            "updated_at": draw(INSTANTS),
            "source": "MANUAL",
        }
        for day, id_ in sorted(drawn)
    ]


@given(license_rows())
async def test_nested_licenses_are_the_licenses(scratch: Any, rows: list[dict[str, Any]]) -> None:
    await scratch.empty()
    await scratch.insert("companies", [COMPANY])
    await scratch.insert("licenses", rows)
    column = licenses.nested(Object(tuple((name, name) for name in licenses.NESTABLE)))
    [owner] = await companies.by_npi(scratch.database, [NPI], Columns((column,)))
    assert owner is not None
    [held] = await licenses.by_company(scratch.database, [NPI])
    assert [row["id"] for row in held] == [row["id"] for row in rows]
    columns = licenses.NESTABLE.keys() - {"global_id"}
    assert json.loads(owner[0]) == [
        {name: json.loads(orjson.dumps(row[name])) for name in columns} | {"global_id": f"license:{row['id']}"}
        for row in held
    ]
