"""What servers answer before they are measured: the cursors that their requests carry, and whether all agree."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.servers import Running, ServerError
from bench.workloads import STRIDE, Keys, Workload

# Answers compared for each workload.
_COMPARED = 8
# The share of the length of the shortest of them below which an answer under load can't be a whole one.
_SHORTEST = 0.7
# Texts that every server is free to choose; that there is one, and not null, is compared all the same.
_OPAQUE = frozenset({"id", "cursor", "endCursor", "__typename"})
# Digits after the point of a number that is not whole: servers round distances differently.
_DIGITS = 6


def keys_of(running: Running, npis: Sequence[str], *, needs_every: bool) -> Keys:
    """Return what a server can be asked for, having walked through all its pages to learn its cursors.

    Those of all companies are learnt where they are needed.
    """
    cursors: list[str] = []
    if not running.server.answers:
        return Keys(npis, [""], "")
    for _ in range(len(npis) // STRIDE - 1):
        cursors.append(_end_of_page(running, STRIDE, cursors[-1] if cursors else None))
    last_ten = cursors[-1]
    for _ in range(STRIDE // 10 - 1):
        last_ten = _end_of_page(running, 10, last_ten)
    every = [cursor for after in (None, *cursors) for cursor in _cursors(running, after)] if needs_every else []
    return Keys(npis, cursors, last_ten, every)


def _cursors(running: Running, after: str | None) -> Iterator[str]:
    """Yield the cursors of the companies behind one, as many as a walk goes at a step."""
    content = running.ask(running.server.body("cursors", {"first": STRIDE, "after": after}))
    yield from (edge["cursor"] for edge in json.loads(content)["data"]["companies"]["edges"])


def _end_of_page(running: Running, first: int, after: str | None) -> str:
    content = running.ask(running.server.body("walk", {"first": first, "after": after}))
    return str(json.loads(content)["data"]["companies"]["pageInfo"]["endCursor"])


@dataclass(slots=True)
class Requests:
    """A contestant's requests for a workload: their file, one a line, and how short no answer to them is.

    Each load goes on where the last one ended, at a `place`.
    """

    path: Path
    shortest: int
    answers: Sequence[Any]
    place: int = 0


def requests(running: Running, workload: Workload, keys: Keys, path: Path) -> Requests:
    """Write a workload's requests into a file, and return them with the answers to the first few.

    Raises ServerError where there is nothing in an answer.
    """
    bodies = [running.server.body(workload.operation, each) for each in workload.variables(keys)]
    path.write_text("\n".join(bodies))
    if not running.server.answers:
        return Requests(path, 0, [])
    contents = [running.ask(body) for body in bodies[:_COMPARED]]
    given = [json.loads(content)["data"] for content in contents]
    if not all(value for data in given for value in data.values()):
        raise ServerError(f"{running.server.name} finds nothing for {workload.name}.")
    return Requests(path, int(min(map(len, contents)) * _SHORTEST), [comparable(data) for data in given])


def comparable(data: Any, member: str = "") -> Any:  # noqa: ANN401 - JSON
    """Return an answer without what each server is free to choose: its cursors, global ids, and names of types."""
    if isinstance(data, dict):
        return {name: comparable(value, name) for name, value in data.items()}
    if isinstance(data, list):
        return [comparable(each) for each in data]
    if member in _OPAQUE and isinstance(data, str):
        return bool(data)
    return round(data, _DIGITS) if isinstance(data, float) else data


def check_alike(found: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
    """Raise ServerError unless each server (by name) answers its workloads (by name) as the first one does."""
    first, *others = found
    for other in others:
        for workload in found[other].keys() & found[first].keys():
            if found[other][workload] != found[first][workload]:
                raise ServerError(f"{other} and {first} don't answer {workload} alike.")
