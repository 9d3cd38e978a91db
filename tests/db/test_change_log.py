"""Pages of the change log: whoever follows a filter gets what fits, each change once, however rare it is."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from db import changes
from db.changes import Filter
from tests.db.conftest import Scratch

NPIS = ("1000000000", "1000000001", "1000000002")
KINDS = ("COMPANY_CREATED", "COMPANY_UPDATED", "LOCATION_ADDED")
FACETS = ("state=TX", "state=CA", "active", "taxonomy=332B00000X")

SETS = st.lists(st.sampled_from(FACETS), max_size=3, unique=True)
LOGS = st.lists(
    st.fixed_dictionaries(
        {
            "npi": st.sampled_from(NPIS),
            "kind": st.sampled_from(KINDS),
            "facets_before": st.none() | SETS,
            "facets_after": st.none() | SETS,
        }
    ),
    max_size=25,
)
FILTERS = st.builds(
    Filter,
    npis=st.none() | st.lists(st.sampled_from(NPIS), max_size=3),
    kinds=st.none() | st.lists(st.sampled_from(KINDS), max_size=2),
    facets=st.lists(SETS, max_size=2),
)
# Of the company that is there; the others are gone.
NOW = {"active", "status=ACTIVE", "state=CA", "zip=90001", "city=los angeles", "word=acme"}


def fitting(log: list[dict[str, Any]], only: Filter) -> list[int]:
    """The places in the log of what fits, as the filter's docstring says it."""
    return [
        place
        for place, change in enumerate(log)
        if (only.npis is None or change["npi"] in only.npis)
        and (only.kinds is None or change["kind"] in only.kinds)
        and (not only.facets or has(log, place, only.facets))
    ]


def has(log: list[dict[str, Any]], place: int, groups: Any) -> bool:
    change = log[place]
    before, after = change["facets_before"], change["facets_after"]
    if before is None and change["kind"] == "COMPANY_UPDATED":
        return True
    if after is None:
        later = [each["facets_before"] for each in log[place + 1 :] if each["npi"] == change["npi"]]
        now = NOW if change["npi"] == NPIS[0] else ()
        after = next((each for each in later if each is not None), now)
    return any(all(set(side) & set(group) for group in groups) for side in (before or (), after))


@given(LOGS, FILTERS, st.integers(1, 5), st.integers(1, 4))
@example([], Filter(), 1, 1)
@settings(max_examples=60)
async def test_who_follows_a_filter_gets_what_fits(
    scratch: Scratch, log: list[dict[str, Any]], only: Filter, size: int, most: int
) -> None:
    company = {"npi": NPIS[0], "name": "Acme", "npi_status": "ACTIVE", "source": "NPPES", "is_active": True}
    await scratch.empty()
    await scratch.writer.execute("DELETE FROM changes")
    await scratch.insert("companies", [company])
    place = {"id": "6f0f6a52-3b1e-5d0c-9a77-52d3c1b8e4aa", "npi": NPIS[0], "kind": "OTHER", "source": "MANUAL"}
    await scratch.insert("locations", [{**place, "state": "CA", "city": "Los Angeles", "postal_code": "90001"}])
    await scratch.insert("changes", log)
    start = await changes.last(scratch.database) - len(log)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "MOST_SCANNED", most)
        found, cursor, more = [], start, True
        while more:
            page = await changes.page(scratch.database, cursor, size, only)
            assert len(page.rows) <= size
            assert page.read_to > cursor or not page.has_next
            found += [row["id"] for row in page.rows]
            cursor, more = page.read_to, page.has_next
    assert found == [start + 1 + place for place in fitting(log, only)]
    # Nobody who has come to the end looks at the same changes again.
    assert cursor == start + len(log)
