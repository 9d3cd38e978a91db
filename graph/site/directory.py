"""What the front page tells of the directory: how much there is, as of when, and the answer to a first query."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from db.engine import Database
from db.failures import words_of
from graph.context import Context
from graph.execution.run import Runner

# What the page shows as a first query.
QUERY: Final = """{
  companies(first: 2) {
    nodes {
      npi
      name
      primaryLocation { address { city state } }
    }
  }
}"""
FACTS: Final = """
{
  dataset {
    release { source periodEnd loadedAt }
    companies { value precision }
    locations { value precision }
  }
}
"""

# Seconds for which what was seen is told.
KEPT: Final = 10.0
# Seconds that somebody waits for a look; then the page tells what was seen before, if anything was.
PATIENCE: Final = 0.5

log = logging.getLogger("ariesone.site")


@dataclass(frozen=True, slots=True)
class Amount:
    """How many of something there are: exactly so many, or about."""

    value: int
    is_exact: bool

    def __str__(self) -> str:
        """Return the number as people read it."""
        return f"{self.value:,}" if self.is_exact else f"about {self.value:,}"


@dataclass(frozen=True, slots=True)
class Sight:
    """The directory as it was seen: `as_of` is the last day of its newest file, None of an empty directory.

    `answer` is the data that QUERY is answered, as JSON.
    """

    companies: Amount
    locations: Amount
    as_of: date | None
    is_sample: bool
    answer: str


class Directory:
    """Looks at the directory as somebody without a token; never, unless it `is_public`."""

    def __init__(self, runner: Runner, *, is_public: bool) -> None:
        self._runner = runner
        self._is_public = is_public
        self._sight: Sight | None = None
        self._looked_at = -KEPT
        self._looking: asyncio.Task[None] | None = None

    async def look(self, database: Database) -> Sight | None:
        """Return what is seen, some seconds old; None if nothing is: the database is away, or it isn't public."""
        if not self._is_public:
            return None
        if time.monotonic() - self._looked_at >= KEPT:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look(database))
            # Others wait for the same look, and it goes on if one of them leaves.
            await asyncio.wait((self._looking,), timeout=PATIENCE)
        return self._sight

    async def _look(self, database: Database) -> None:
        try:
            facts = (await self._ask(database, FACTS))["dataset"]
            self._sight = sight_of(facts, await self._ask(database, QUERY))
        except Exception as error:  # noqa: BLE001 - whatever it is, the page does without
            log.info("the front page can't tell of the directory: %s", words_of(error))
            self._sight = None
        self._looked_at = time.monotonic()

    async def _ask(self, database: Database, query: str) -> dict[str, Any]:
        """Return the data of an answer; raises what the operation is refused for, or the first of its errors."""
        result = await self._runner.run(self._runner.prepare(query, None, {}), Context(database))
        if result.errors:
            raise result.errors[0]
        return dict(orjson.loads(orjson.dumps(result.data)))


def sight_of(facts: dict[str, Any], answer: dict[str, Any]) -> Sight:
    """Return what is seen, from the two answers."""
    release = facts["release"]
    as_of = None if release is None else release["periodEnd"] or release["loadedAt"][:10]
    return Sight(
        companies=amount_of(facts["companies"]),
        locations=amount_of(facts["locations"]),
        as_of=None if as_of is None else date.fromisoformat(as_of),
        is_sample=release is not None and release["source"] == "SAMPLE",
        answer=written(answer),
    )


def amount_of(count: dict[str, Any]) -> Amount:
    """Return a count of the API's as an amount."""
    return Amount(count["value"], count["precision"] == "EXACT")


def written(data: dict[str, Any]) -> str:
    """Return the answer to QUERY as JSON for people."""
    companies = ",\n".join(f"      {_company(**each)}" for each in data["companies"]["nodes"])
    nodes = f"[\n{companies}\n    ]" if companies else "[]"
    return f'{{\n  "data": {{\n    "companies": {{ "nodes": {nodes} }}\n  }}\n}}'


def _company(npi: str, name: str, primaryLocation: Mapping[str, object] | None) -> str:  # noqa: N803 - of the schema
    address = (
        "null" if primaryLocation is None else f'{{\n          "address": {_json(primaryLocation["address"])} }}'
    )
    lines = (f'{{ "npi": {_json(npi)}', f'"name": {_json(name)}', f'"primaryLocation": {address} }}')
    return ",\n        ".join(lines)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
