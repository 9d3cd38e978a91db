"""A profile: where one process spent its time for some seconds, as a tree of stacks or as a table of functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# Where the code lives that this project answers for, what it compiles operations to among it.
OWN = ("graph/", "db/", "migrations/", "<operation")


@dataclass(slots=True)
class Box:
    """A function where it was called from: its name and place, the seconds in it and in what it called."""

    name: str
    place: str
    seconds: float
    inside: Sequence["Box"] = ()

    @property
    def own_seconds(self) -> float:
        """The seconds in which it called nothing."""
        return self.seconds - sum(box.seconds for box in self.inside)

    def walk(self) -> Iterator["Box"]:
        """Yield this and all that was called from here."""
        yield self
        for box in self.inside:
            yield from box.walk()


@dataclass(frozen=True, slots=True)
class Line:
    """What one function took, wherever it was called from: calls (None if not counted), own and all seconds."""

    name: str
    place: str
    calls: int | None
    own_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What was seen of an event loop: for how many seconds, and how many of CPU the process used meanwhile.

    `boxes` are what the event loop called, empty where stacks weren't looked at; `lines` come longest first.
    """

    kind: str
    seconds: float
    cpu_seconds: float
    lines: Sequence[Line]
    boxes: Sequence[Box] = ()
    # In a form for other programs: speedscope's JSON of a sampled one, pstats' bytes of one with calls.
    export: bytes = field(default=b"", repr=False)

    @property
    def busy(self) -> float:
        """How much of one CPU the process used; more than 1 if its threads used several."""
        return self.cpu_seconds / self.seconds if self.seconds else 0.0


def is_own(place: str) -> bool:
    """Return whether code belongs to this project."""
    return place.startswith(OWN)


def lines_of(boxes: Sequence[Box]) -> list[Line]:
    """Return what each function of a tree took, longest first; one that calls itself counts once at a time."""
    found: dict[tuple[str, str], list[float]] = {}

    def add(box: Box, above: frozenset[tuple[str, str]]) -> None:
        key = (box.name, box.place)
        own_and_all = found.setdefault(key, [0.0, 0.0])
        own_and_all[0] += box.own_seconds
        if key not in above:
            own_and_all[1] += box.seconds
        for each in box.inside:
            add(each, above | {key})

    for box in boxes:
        add(box, frozenset())
    lines = [Line(name, place, None, own, total) for (name, place), (own, total) in found.items()]
    return sorted(lines, key=lambda line: -line.own_seconds)
