"""How a Cluster tells which server has which keys: by ranges of slots, each key being in one of them."""

from collections.abc import Iterator
from typing import Any, Final

# Slots of every Cluster.
SLOTS: Final = 16_384

# What a server that belongs to none says.
NO_CLUSTER: Final = "cluster support disabled"

# A host and a port.
Address = tuple[str, int]


def owners_in(reply: Any, host: str) -> Iterator[tuple[int, int, Address]]:  # noqa: ANN401 - whatever a server said
    """The first and the last slot of each range in a reply to CLUSTER SLOTS, and the primary that has it.

    One that names no host is at the one that was asked. Raises TypeError and ValueError for what is no such reply.
    """
    for first, last, (name, port, *_), *_ in reply:
        if not 0 <= int(first) <= int(last) < SLOTS:
            raise ValueError("it tells of slots that no Cluster has")
        yield int(first), int(last), ((name or b"").decode() or host, int(port))
