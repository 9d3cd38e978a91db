"""Stacks in the JSON that speedscope reads, and with it other programs that show profiles."""

from collections.abc import Iterator, Sequence

import orjson

from graph.telemetry.profiles import Box

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def write_speedscope(boxes: Sequence[Box]) -> bytes:
    """Return a file of speedscope's with what each function of a tree took itself, in seconds."""
    numbers: dict[tuple[str, str], int] = {}
    samples, weights = [], []
    for path, seconds in _own_times(boxes, ()):
        samples.append([numbers.setdefault(key, len(numbers)) for key in path])
        weights.append(seconds)
    profile = {
        "type": "sampled",
        "name": "AriesOne",
        "unit": "seconds",
        "startValue": 0,
        "endValue": sum(weights),
        "samples": samples,
        "weights": weights,
    }
    frames = [{"name": name, "file": place} for name, place in numbers]
    return orjson.dumps({"$schema": SCHEMA, "shared": {"frames": frames}, "profiles": [profile]})


def _own_times(
    boxes: Sequence[Box], above: tuple[tuple[str, str], ...]
) -> Iterator[tuple[tuple[tuple[str, str], ...], float]]:
    """Yield each stack, outermost first, with the seconds in which its innermost function called nothing."""
    for box in boxes:
        path = (*above, (box.name, box.place))
        if box.own_seconds > 0:
            yield path, box.own_seconds
        yield from _own_times(box.inside, path)
