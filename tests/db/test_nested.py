"""Rows inside their owner's row: what PostgreSQL writes as JSON is what the rows themselves say."""

import json
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from db import companies, locations
from db.locations import NESTABLE
from db.nested import Constant, Object, Rows
from graph.types.address import formatted

NPI = "1000000001"
COMPANY = {"npi": NPI, "name": "a", "npi_status": "ACTIVE", "source": "NPPES"}

# Quotes, backslashes, control characters, line separators, characters past 16 bits, and whatever else there is.
TEXTS = st.none() | st.sampled_from(["", '"', "\\", "a\tb\nc\x01", "\u2028</script>", "😀", "null"]) | st.text()
STORED = TEXTS.map(lambda text: text and text.encode(errors="ignore").decode().replace("\0", ""))

COLUMNS = sorted(set(NESTABLE) - {"global_id", "formatted"})
WHOLE = Object(tuple((name, name) for name in NESTABLE))
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
    ids = sorted(draw(st.sets(st.uuids(), max_size=4)))
    return [
        {
            "id": id_,
            "npi": NPI,
            "kind": draw(st.sampled_from(("PRIMARY_PRACTICE", "WAREHOUSE"))),
            "is_primary": place == 0,
            "is_active": draw(st.booleans()),
            "country": draw(st.sampled_from(("US", "CA", ""))),
            "version": draw(st.integers(-(2**31), 2**31 - 1)),
            "source": "MANUAL",
            **{name: draw(STORED) for name in texts},
        }
        for place, id_ in enumerate(ids)
    ]


def told(row: Any) -> dict[str, Any]:
    """Return what the columns of a row are in JSON."""
    found = {name: str(value) if isinstance(value := row[name], UUID) else value for name in COLUMNS}
    return found | {"global_id": f"location:{row['id']}", "formatted": formatted(row)}


@given(location_rows(), st.integers(0, 3))
async def test_nested_rows_are_the_rows(scratch: Any, rows: list[dict[str, Any]], size: int) -> None:
    await scratch.writer.execute("TRUNCATE companies, locations")
    await scratch.insert("companies", [COMPANY])
    await scratch.insert("locations", rows)
    page, primary = locations.nested_page(PAGE, size), locations.nested_primary(WHOLE)
    empty = locations.nested_primary(NOTHING)
    [owner] = await companies.by_npi(scratch.database, [NPI], ("name", page, primary, empty))
    assert owner is not None
    found = [row for row in await locations.by_id(scratch.database, [row["id"] for row in rows]) if row]
    expected = [told(row) for row in found]
    assert json.loads(owner[1]) == {
        "rows": expected[:size],
        "edges": [{"node": each, "type": "Edge"} for each in expected[:size]],
        "empty": [{} for _ in expected[:size]],
        "half": [{"node": {}, "type": "Edge"} for _ in expected[:size]],
        "none": {},
    }
    assert (owner[2] and json.loads(owner[2])) == (expected[0] if expected else None)
    assert owner[page.name] == owner[1]
    assert owner[3] == ("{}" if expected else None)
