"""What stands before a place of the schema: the roles of which one is needed."""

from dataclasses import dataclass

from graph.errors import ForbiddenError


@dataclass(frozen=True, slots=True)
class Guard:
    """A place of the schema by its coordinate, such as Company.taxId, and the names of the roles that open it."""

    place: str
    any_of: frozenset[str]
    # The length up to which a list is open to everyone.
    above: int | None = None

    def opens_to(self, roles: frozenset[str]) -> bool:
        """Return whether one of the roles is among those that will do."""
        return not self.any_of.isdisjoint(roles)

    def error(self) -> ForbiddenError:
        """Return the error for who has none of them."""
        needed = sorted(self.any_of)
        what = self.place if self.above is None else f"{self.place} with more than {self.above} items"
        token = "a token with this role" if len(needed) == 1 else "a token with one of these roles"
        return ForbiddenError(f"{what} is open to {', '.join(needed)} only; send {token}.", roles=needed)
