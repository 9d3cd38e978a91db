"""Who takes part, and what each is asked."""

import sys
from collections.abc import Sequence

from bench.contestants import OURS, OURS_KEPT, OURS_SHARED, OURS_SMALL
from bench.database import Directory
from bench.rounds import Contestant
from bench.servers import Server
from bench.workloads import FILTERED, FRESH, FURTHER, PAGE_20, POINT, SEARCH, WORKLOADS, Workload

_ALL = (*WORKLOADS, *FURTHER, SEARCH, *FRESH.values())


def entries(servers: Sequence[Server], names: str, large: Directory, small: Directory) -> list[Contestant]:
    """Return what each server is asked of the named workloads; those that aren't asked anything are left out."""
    asked = {_ALL[place] for place in choose("workload", [each.name for each in _ALL], names)}
    found = []
    for server in servers:
        over = small if server.name == OURS_SMALL else large
        own = [each for each in meant_for(server) if each in asked and server.can(each.operation)]
        if own:
            found.append(Contestant(server, over.url, over.npis, own))
    return found


def meant_for(server: Server) -> tuple[Workload, ...]:
    """Return what a server is asked: all the same, and this one what its further goals are about."""
    if server.name == OURS:
        return _ALL
    if server.name == OURS_KEPT:
        return (*WORKLOADS, SEARCH, *FRESH.values())
    if server.name == OURS_SHARED:
        return (POINT, FILTERED, SEARCH)
    if server.name == OURS_SMALL:
        return (POINT, PAGE_20)
    return WORKLOADS if server.answers else (POINT,)


def choose(kind: str, names: Sequence[str], given: str) -> list[int]:
    """Return the places of the names that were given, separated by commas; all of them where none was.

    Ends the program for an unknown one.
    """
    wanted = {name.strip() for name in given.split(",") if name.strip()}
    if unknown := wanted - set(names):
        sys.exit(f"No such {kind}: {', '.join(sorted(unknown))}. There are: {', '.join(names)}.")
    return [place for place, name in enumerate(names) if not wanted or name in wanted]
