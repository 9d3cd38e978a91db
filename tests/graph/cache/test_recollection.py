"""What was asked for lately: known again for as long as not too much else was asked for."""

from random import Random

from graph.cache.recollection import MOST, PROBE, SIZE, Recollection

# Hashes, which are alike in nothing but that none is looked for in any case.
_RANDOM = Random(1)  # noqa: S311 - no secret
NEW = [each for each in (_RANDOM.getrandbits(63) for _ in range(20 * SIZE)) if each % PROBE]


def test_what_is_asked_again_is_known() -> None:
    recollection = Recollection()
    asked = NEW[: SIZE // 16]
    for key in asked:
        recollection.recalls(key)
    assert sum(map(recollection.recalls, asked)) > 0.9 * len(asked)


def test_what_is_new_is_hardly_ever_taken_for_known() -> None:
    recollection = Recollection()
    assert sum(map(recollection.recalls, NEW)) < len(NEW) / 10_000


def test_what_was_asked_long_ago_is_forgotten() -> None:
    recollection = Recollection()
    asked = NEW[: SIZE // 16]
    for key in [*asked, *NEW[SIZE : 6 * SIZE]]:
        recollection.recalls(key)
    assert sum(map(recollection.recalls, asked)) < len(asked) / 20


def test_some_are_always_known() -> None:
    assert Recollection().recalls(3 * PROBE)


def test_looking_is_in_vain_once_nothing_was_there_for_long_and_no_more_once_something_was() -> None:
    recollection = Recollection()
    for number in range(MOST):
        assert not recollection.is_vain, number
        recollection.note_look(is_found=False)
    assert recollection.is_vain
    recollection.note_look(is_found=True)
    assert not recollection.is_vain
