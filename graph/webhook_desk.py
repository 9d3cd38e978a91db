"""What judges webhooks and sends to them, as who makes and changes them sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from asyncpg import Record

from db.reads import Reads
from graph.identity.viewer import EVERY, Viewer
from graph.vault import Vault


@dataclass(frozen=True, slots=True)
class Script:
    """What a webhook listens to: a document, the operation of it that is meant, and its variables."""

    document: str
    operation_name: str | None
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """An event that was sent once to try a webhook, and what came of it.

    `status` is that of the answer, None where none came; `problem` is what was wrong, None where nothing was.
    """

    message_id: str
    body: str
    status: int | None
    seconds: float
    problem: str | None


class RefusedError(Exception):
    """What a webhook can't have: each problem in words. `code` says why, see UserErrorCode."""

    def __init__(self, code: str, *problems: str) -> None:
        super().__init__(*problems)
        self.code = code
        self.problems = problems


class WebhookDesk(Protocol):
    """Judges what webhooks are to have, keeps their secrets, and tries them."""

    @property
    def vault(self) -> Vault | None:
        """What seals secrets; None where no key is set."""

    def require_url(self, url: str) -> None:
        """Raise RefusedError where nothing may be sent to a URL, whatever its name leads to."""

    async def require_script(self, database: Reads, script: Script, viewer: Viewer) -> None:
        """Raise RefusedError for what isn't a subscription that somebody may listen to, at a bearable cost."""

    async def try_out(self, database: Reads, webhook: Record) -> Trial:
        """Send a row of webhooks a sample event, once; raises RefusedError where none can be made."""


def viewer_of(webhook: Record) -> Viewer:
    """Whose eyes a row of webhooks has its events seen with."""
    companies = webhook["companies"]
    may_write = frozenset({EVERY} if companies is None else companies)
    return Viewer(webhook["subject"], frozenset(webhook["roles"]), may_write, issuer=webhook["issuer"])
