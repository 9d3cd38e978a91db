"""What a directory has in place of the schema's examples, so that operations with them find something."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graph.types.examples import A_CHANGE, A_COMPANY, A_LICENSE, A_LOCATION, A_PREFIX, AN_NPI

# What asks a directory for it; open to everyone.
SOUGHT: Final = """query ForExamples {
  locations(first: 1) { nodes { id company { npi name licenses { id } } } }
  dataset { cursor }
}"""


@dataclass(frozen=True, slots=True)
class Samples:
    """What stands in for examples, by these."""

    stand_ins: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Mapping[str, Any] | None, **others: str) -> "Samples":
        """Return what an answer to SOUGHT has; `others` stand in for more examples."""
        match data:
            case {
                "locations": {
                    "nodes": [{"id": location, "company": {"npi": npi, "name": name, "licenses": licenses}}]
                }
            }:
                found = {
                    AN_NPI.value: npi,
                    A_PREFIX.value: name[:4],
                    A_COMPANY.value: f"company:{npi}",
                    A_LOCATION.value: location,
                }
                found |= {A_LICENSE.value: licenses[0]["id"]} if licenses else {}
            case _:
                found = {}
        match data:
            case {"dataset": {"cursor": cursor}}:
                # After it there is one change.
                found[A_CHANGE.value] = str(max(int(cursor) - 1, 0))
        return cls(found | others)

    def put_into(self, value: Any) -> Any:  # noqa: ANN401 - a value of JSON
        """Return a value of JSON with what stands in for the examples in it."""
        if isinstance(value, dict):
            return {name: self.put_into(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.put_into(each) for each in value]
        return self.stand_ins.get(value, value) if isinstance(value, str) else value
