"""Keys that were asked for recently: remembered until too many others were asked for."""

from random import Random

from graph.cache.recent_keys import MOST, PROBE, SIZE, RecentKeys

# Hashes, which are alike in nothing but that none is looked for in any case.
_RANDOM = Random(1)  # noqa: S311 - no secret
NEW = [each for each in (_RANDOM.getrandbits(63) for _ in range(20 * SIZE)) if each % PROBE]


def test_what_is_asked_again_is_known() -> None:
    keys = RecentKeys()
    asked = NEW[: SIZE // 16]
    for key in asked:
        keys.remember(key)
    assert sum(map(keys.remember, asked)) > 0.9 * len(asked)


def test_what_is_new_is_hardly_ever_taken_for_known() -> None:
    keys = RecentKeys()
    assert sum(map(keys.remember, NEW)) < len(NEW) / 10_000


def test_what_was_asked_long_ago_is_forgotten() -> None:
    keys = RecentKeys()
    asked = NEW[: SIZE // 16]
    for key in [*asked, *NEW[SIZE : 6 * SIZE]]:
        keys.remember(key)
    assert sum(map(keys.remember, asked)) < len(asked) / 20


def test_some_are_always_known() -> None:
    assert RecentKeys().remember(3 * PROBE)


def test_looking_is_in_vain_once_nothing_was_there_for_long_and_no_more_once_something_was() -> None:
    keys = RecentKeys()
    for number in range(MOST):
        assert not keys.is_vain, number
        keys.note_look(is_found=False)
    assert keys.is_vain
    keys.note_look(is_found=True)
    assert not keys.is_vain
