"""What is known of the events after the place up to which all is delivered: taken ones, and refused ones."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from db.deliveries import SetAside, Step
from graph.events.broker import Fate
from graph.events.cloud_event import Event

# How often an event is refused before it is set aside, where others that came later are taken meanwhile.
MOST_REFUSALS: Final = 8


class Window:
    """Which events needn't be sent again, though one before them must; it is as long as a batch at most."""

    def __init__(self, *, passes_unroutable: bool) -> None:
        self._passes_unroutable = passes_unroutable
        self._settled: dict[int, Fate] = {}
        self._refusals: Counter[int] = Counter()

    def unsettled(self, events: Sequence[Event]) -> list[Event]:
        """The events that must be sent."""
        return [each for each in events if each.cursor not in self._settled]

    def settle(self, event: Event, fate: Fate) -> bool:
        """Note what became of an event; whether it needn't be sent again."""
        if fate is Fate.REFUSED:
            self._refusals[event.cursor] += 1
        if fate is Fate.TAKEN or (fate is Fate.UNROUTABLE and self._passes_unroutable) or self._is_hopeless(event):
            self._settled[event.cursor] = fate
        return event.cursor in self._settled

    def _is_hopeless(self, event: Event) -> bool:
        """Whether an event was refused often enough, and it isn't that the broker takes nothing at all."""
        later = (fate for cursor, fate in self._settled.items() if cursor > event.cursor)
        return self._refusals[event.cursor] >= MOST_REFUSALS and Fate.TAKEN in later

    def step(self, cursor: int, events: Sequence[Event]) -> Step:
        """How far from a place the delivery has come: up to the first of the events that must be sent again."""
        passed = list(self._passed(events))
        fates = Counter(self._settled[each.cursor] for each in passed)
        refused = [each for each in passed if self._settled[each.cursor] is Fate.REFUSED]
        reason = f"RabbitMQ refused it {MOST_REFUSALS} times"
        return Step(
            passed[-1].cursor if passed else cursor,
            fates[Fate.TAKEN],
            fates[Fate.UNROUTABLE],
            [SetAside(each.cursor, each.body.decode(), reason) for each in refused],
        )

    def _passed(self, events: Sequence[Event]) -> Iterator[Event]:
        for event in events:
            if event.cursor not in self._settled:
                return
            yield event

    def move_to(self, cursor: int) -> None:
        """Know of events after a place alone."""
        self._settled = {place: fate for place, fate in self._settled.items() if place > cursor}
        self._refusals = Counter({place: count for place, count in self._refusals.items() if place > cursor})

    def clear(self) -> None:
        """Know of no event."""
        self._settled.clear()
        self._refusals.clear()


def turns(events: Sequence[Event]) -> list[list[Event]]:
    """Events in turns, of which each has one of a company at most: it is sent once those before are confirmed."""
    found: list[list[Event]] = []
    seen: Counter[str] = Counter()
    for event in events:
        if seen[event.npi] == len(found):
            found.append([])
        found[seen[event.npi]].append(event)
        seen[event.npi] += 1
    return found
