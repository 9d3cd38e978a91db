"""What of the schema one operation uses, as far as that is counted; and what it is told of what is deprecated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from graph.deprecation import Deprecation, headers_of


@dataclass(frozen=True, eq=False)
class Use:
    """The coordinates that are counted, such as Company.name, and the deprecations among them in their order."""

    coordinates: frozenset[str]
    deprecations: Sequence[Deprecation]

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The headers that tell of what is deprecated."""
        return headers_of(self.deprecations) if self.deprecations else {}

    @cached_property
    def extension(self) -> Sequence[Mapping[str, str | None]]:
        """What an answer says of what is deprecated."""
        return [each.as_extension() for each in self.deprecations]

    def joined(self, other: Self) -> "Use":
        """Return the use of two operations that are answered together."""
        return Use(self.coordinates | other.coordinates, (*self.deprecations, *other.deprecations))
