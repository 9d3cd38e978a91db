"""What the verbs of webhooks have in common: the viewer's own, locked; its address, its secret, its place."""

import base64
from collections.abc import Mapping
from secrets import token_bytes
from typing import Any

from db import changes
from db.changes import AheadError, ExpiredError, Filter
from db.edits import webhooks
from db.edits.webhooks import LockedWebhook
from graph.context import Context
from graph.errors import BadUserInputError
from graph.identity.viewer import EVERY
from graph.mutations.editing import writing_of
from graph.mutations.own import find_own
from graph.mutations.rows import Row
from graph.mutations.texts import Texts
from graph.mutations.user_error import Problems, UserErrorCode
from graph.types.change_feed import change_id
from graph.types.webhook import WEBHOOKS
from graph.vault import Vault
from graph.webhook_checker import RefusedError, WebhookChecker

# Of one owner.
MAX_WEBHOOKS = 20
# Characters.
MAX_URL = 2_048
MAX_DESCRIPTION = 500

# Standard Webhooks: 24 to 64 bytes, and how their text begins.
SECRET_BYTES = 32
PREFIX = "whsec_"


def checker_of(context: Context) -> WebhookChecker:
    """What checks webhooks, and sends them test events."""
    if context.webhooks is None:
        raise TypeError("Nobody here sends anything to webhooks.")
    return context.webhooks


async def lock_webhook(context: Context, row: Row[Any]) -> LockedWebhook | None:
    """Lock the viewer's webhook that an input names by `id`; None, and a problem, where there is none."""
    return await find_own(context, row, WEBHOOKS, webhooks.lock)


async def find_webhook(context: Context, row: Row[Any]) -> LockedWebhook | None:
    """The same without locking it: others may change it meanwhile."""
    return await find_own(context, row, WEBHOOKS, webhooks.find)


def owner_in(context: Context) -> Mapping[str, object]:
    """As whom events are made from now on: the roles and companies of the viewer's token."""
    viewer = context.viewer
    return {
        "roles": sorted(viewer.roles),
        "companies": None if EVERY in viewer.companies else sorted(viewer.companies),
    }


def read_url(row: Row[Any], checker: WebhookChecker) -> str | None:
    """The address that an input gives."""
    url = Texts(row.problems).required(row.given.url, MAX_URL, "url")
    if url is not None:
        try:
            checker.require_url(url)
        except RefusedError as error:
            tell(row.problems, error, "url")
    return url


def read_description(row: Row[Any]) -> str | None:
    """What an input says of a webhook."""
    return Texts(row.problems).text(row.given.description or None, MAX_DESCRIPTION, "description")


async def read_place(context: Context, row: Row[Any], cursor: str | None) -> int:
    """The cursor to continue after, which an input gives as `from`; the last change's if it gives none."""
    transaction = writing_of(context).transaction
    if not cursor:
        return await changes.last(transaction)
    try:
        place = change_id(cursor, "from") or 0
        await changes.page(transaction, place, 1, Filter())
    except BadUserInputError as error:
        row.problems.add(UserErrorCode.INVALID, error.message, "from")
        return 0
    except AheadError:
        row.problems.add(UserErrorCode.INVALID, "No change has this cursor yet.", "from")
    except ExpiredError as error:
        message = (
            f"Changes are kept from the cursor {error.oldest} on; make a new copy, and start from its cursor."
        )
        row.problems.add(UserErrorCode.EXPIRED, message, "from")
    return place


def require_vault(row: Row[Any], checker: WebhookChecker) -> Vault | None:
    """What encrypts secrets; None, and a problem, where no key is set."""
    if checker.vault is None:
        message = "This server has no webhooks; whoever runs it has to set WEBHOOK_KEY."
        row.problems.add(UserErrorCode.UNAVAILABLE, message)
    return checker.vault


def new_secret() -> bytes:
    """A secret that nobody has had."""
    return token_bytes(SECRET_BYTES)


def text_of(secret: bytes) -> str:
    """A secret as its owner is told it."""
    return f"{PREFIX}{base64.b64encode(secret).decode()}"


def tell(problems: Problems, error: RefusedError, *way: str) -> None:
    """Report why a webhook is refused."""
    for problem in error.problems:
        problems.add(UserErrorCode[error.code], problem, *way)
