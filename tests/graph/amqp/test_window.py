"""What must be sent again, and in which turns."""

from graph.events.broker import Fate
from graph.events.cloud_event import Event
from graph.events.window import MOST_REFUSALS, Window, turns


def event(cursor: int, npi: str = "1") -> Event:
    return Event(cursor, npi, "COMPANY_UPDATED", b"{}")


def test_no_turn_has_two_events_of_a_company_and_each_companys_keep_their_order() -> None:
    events = [event(1, "a"), event(2, "a"), event(3, "b"), event(4, "a"), event(5, "b")]
    assert [[each.cursor for each in turn] for turn in turns(events)] == [[1, 3], [2, 5], [4]]
    assert turns([]) == []


def test_a_delivery_comes_as_far_as_the_first_event_that_must_be_sent_again() -> None:
    window = Window(passes_unroutable=False)
    events = [event(3), event(5), event(7)]
    assert window.step(2, events).cursor == 2
    assert window.settle(events[0], Fate.TAKEN)
    assert not window.settle(events[1], Fate.IN_DOUBT)
    assert window.settle(events[2], Fate.TAKEN)
    step = window.step(2, events)
    assert (step.cursor, step.delivered, window.unsettled(events)) == (3, 1, [events[1]])
    window.move_to(3)
    assert window.settle(events[1], Fate.TAKEN)
    assert (window.step(3, events[1:]).cursor, window.step(3, events[1:]).delivered) == (7, 2)


def test_what_no_queue_is_bound_for_waits_unless_it_may_pass() -> None:
    assert not Window(passes_unroutable=False).settle(event(1), Fate.UNROUTABLE)
    passing = Window(passes_unroutable=True)
    assert passing.settle(event(1), Fate.UNROUTABLE)
    step = passing.step(0, [event(1)])
    assert (step.cursor, step.delivered, step.unroutable) == (1, 0, 1)


def test_what_is_turned_away_or_in_doubt_is_sent_for_ever() -> None:
    window = Window(passes_unroutable=True)
    window.settle(event(2), Fate.TAKEN)
    for fate in (Fate.TURNED_AWAY, Fate.IN_DOUBT):
        assert not any(window.settle(event(1), fate) for _ in range(MOST_REFUSALS * 2))


def test_what_is_refused_is_set_aside_once_something_later_is_taken() -> None:
    window = Window(passes_unroutable=False)
    assert not any(window.settle(event(1), Fate.REFUSED) for _ in range(MOST_REFUSALS * 2))
    assert window.settle(event(2, "b"), Fate.TAKEN)
    assert window.settle(event(1), Fate.REFUSED)
    step = window.step(0, [event(1), event(2, "b")])
    assert (step.cursor, step.delivered, [each.cursor for each in step.set_aside]) == (2, 1, [1])
