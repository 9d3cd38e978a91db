"""Who pays for a request: each client has buckets, by what it is and by the work that it asks for."""

import ipaddress
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from graph.execution.cost import Work
from graph.http.account import Account
from graph.http.bucket import Bucket, Rate
from graph.http.till import Till
from graph.identity.viewer import Viewer

# Clients whose buckets are kept; the one that has come last longest ago is forgotten first.
CLIENTS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Rates:
    """What clients may spend: the anonymous, and the holders of tokens for each kind of work.

    Nothing bounds the anonymous, or the holders of tokens, where `anonymous` or `reads` is None; work that has no
    rate is paid from the bucket of reads. `factors` say how many times as much holders of a role may spend.
    """

    anonymous: Rate | None = None
    reads: Rate | None = None
    bulk: Rate | None = None
    writes: Rate | None = None
    factors: Mapping[str, float] = field(default_factory=dict)

    def factor_of(self, roles: frozenset[str]) -> float:
        """How many times as much somebody with these roles may spend: the largest that is said of one of them."""
        return max([self.factors[role] for role in roles if role in self.factors], default=1.0)


class Throttle:
    """The buckets of the clients that came last."""

    def __init__(self, rates: Rates, till: Till) -> None:
        self._rates = rates
        self._till = till
        self._clients: OrderedDict[Hashable, Sequence[Bucket]] = OrderedDict()

    def account_of(self, viewer: Viewer, address: str) -> Account | None:
        """From which buckets a request is paid; None where nothing bounds what its client spends."""
        rates = self._rates
        if viewer.is_anonymous:
            if rates.anonymous is None:
                return None
            client: Hashable = client_of(address)
        elif rates.reads is None:
            return None
        else:
            factor = rates.factor_of(viewer.roles) if rates.factors else 1.0
            client = (viewer.issuer, viewer.subject, factor)
        found = self._clients.get(client)
        if found is None:
            found = self._open(client, viewer)
        else:
            self._clients.move_to_end(client)
        return Account(self._till, found)

    def _open(self, client: Hashable, viewer: Viewer) -> Sequence[Bucket]:
        """Make a client's buckets, in the order of the kinds of work."""
        found = self._clients[client] = self._buckets_of(client, viewer)
        if len(self._clients) > CLIENTS:
            self._clients.popitem(last=False)
        return found

    def _buckets_of(self, client: Hashable, viewer: Viewer) -> Sequence[Bucket]:
        if viewer.is_anonymous:
            rates = {Work.READ: self._rates.anonymous}
        else:
            rates = {Work.READ: self._rates.reads, Work.BULK: self._rates.bulk, Work.WRITE: self._rates.writes}
        factor = self._rates.factor_of(viewer.roles)
        own = {
            work: self._till.bucket(f"{work.name} {client!r}", rate.times(factor))
            for work, rate in rates.items()
            if rate is not None
        }
        return [own.get(work, own[Work.READ]) for work in Work]


@lru_cache(maxsize=4096)
def client_of(address: str) -> str:
    """Whose buckets an address has: its own, or its network's where one client has many (IPv6)."""
    address = address.removeprefix("::ffff:")
    if ":" not in address:
        return f"address:{address}"
    try:
        # Whoever has one address of a /64 has all of them.
        network = ipaddress.ip_network((address.partition("%")[0], 64), strict=False)
    except ValueError:
        return f"address:{address}"
    return f"address:{network}"
