"""What checks webhooks and sends them test events, as mutations see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from asyncpg import Record

from db.failures import QuotingError
from db.reads import Reads
from graph.identity.viewer import EVERY, Viewer
from graph.vault import Vault


@dataclass(frozen=True, slots=True)
class WebhookSubscription:
    """What a webhook subscribes to: a document, which operation of it to use, and its variables."""

    document: str
    operation_name: str | None
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """A test event that was sent to a webhook once, and the result.

    `status` is the HTTP status of the answer, None if none came; `problem` is what was wrong, None if nothing was.
    """

    message_id: str
    body: str
    status: int | None
    seconds: float
    problem: str | None


class RefusedError(QuotingError):
    """Why a webhook is refused: each problem in a sentence; `code` is a UserErrorCode."""

    def __init__(self, code: str, *problems: str) -> None:
        super().__init__(*problems)
        self.code = code
        self.problems = problems


class WebhookChecker(Protocol):
    """Checks what webhooks are registered with, and sends them test events."""

    @property
    def vault(self) -> Vault | None:
        """What encrypts secrets; None where no key is set."""

    def require_url(self, url: str) -> None:
        """Raise RefusedError for a URL that nothing may be sent to, whatever its name resolves to."""

    async def require_subscription(
        self, database: Reads, subscription: WebhookSubscription, viewer: Viewer
    ) -> None:
        """Raise RefusedError for anything but a subscription that the viewer may have, at a low cost."""

    async def send_test(self, database: Reads, webhook: Record) -> Trial:
        """Send a webhook, by its row, a sample event once; raises RefusedError if none can be made."""


def viewer_of(webhook: Record) -> Viewer:
    """The viewer as whom a webhook, by its row, has its events made."""
    companies = webhook["companies"]
    may_write = frozenset({EVERY} if companies is None else companies)
    return Viewer(webhook["subject"], frozenset(webhook["roles"]), may_write, issuer=webhook["issuer"])
