"""What is recorded of who uses which part of the schema: read from a database, or from JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import orjson

from db import usage
from db.reads import Reads

# Who stands for those of a kind who were one too many to be told apart.
OTHERS = {"NAMED": "others with a token", "CLAIMED": "others without a token", "VIEWER": "others' tokens"}


class ClientUse(NamedTuple):
    """How often one client used a coordinate, and when it did last; `kind` is as in db/usage_tables.py."""

    coordinate: str
    kind: str
    client: str
    version: str
    uses: int
    last_used_at: datetime

    @property
    def who(self) -> str:
        """The client in words."""
        if self.kind == "ANONYMOUS":
            return "anonymous"
        if not self.client:
            return OTHERS[self.kind]
        if self.kind == "VIEWER":
            return f"token of {self.client}"
        return f"{self.client} {self.version}".rstrip() + ("" if self.kind == "NAMED" else " (without a token)")


@dataclass(frozen=True, slots=True)
class RecordedUsage:
    """Uses by coordinate, those who used it most first; and the days since which uses were counted.

    `since` is of what is deprecated, `whole_since` of the whole schema; None where they aren't counted.
    """

    since: date | None
    whole_since: date | None
    uses: Sequence[ClientUse]

    @classmethod
    async def read(
        cls, database: Reads, coordinate: str | None = None, since: date | None = None
    ) -> "RecordedUsage":
        """Read what is recorded since a day of a coordinate, of a type, or of everything."""
        days = await usage.counted_since(database)
        rows = await usage.read(database, coordinate, since)
        return cls(days.since, days.whole_since, [ClientUse(**dict(row)) for row in rows])

    @classmethod
    def from_json(cls, content: bytes) -> "RecordedUsage":
        """Return what `as_json` wrote; raises ValueError where it is anything else."""
        try:
            given = orjson.loads(content)
            uses = [
                ClientUse(
                    each["coordinate"],
                    each["kind"],
                    each["client"],
                    each["version"],
                    int(each["uses"]),
                    _moment(each["lastUsedAt"]),
                )
                for each in given["uses"]
            ]
            return cls(_day(given["since"]), _day(given["wholeSince"]), uses)
        except KeyError as error:
            raise ValueError(f"it has no {error}") from None
        except TypeError:
            raise ValueError("it has another form") from None

    def as_json(self) -> Mapping[str, Any]:
        """Return it as JSON has it."""
        return {
            "since": self.since,
            "wholeSince": self.whole_since,
            "uses": [
                {
                    "coordinate": each.coordinate,
                    "kind": each.kind,
                    "client": each.client,
                    "version": each.version,
                    "uses": each.uses,
                    "lastUsedAt": each.last_used_at.astimezone(UTC),
                }
                for each in self.uses
            ],
        }

    def of(self, coordinate: str) -> Sequence[ClientUse]:
        """Return who used a coordinate."""
        return [each for each in self.uses if each.coordinate == coordinate]


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _moment(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
