"""What a webhook subscribes to, as its owner writes it: topics with a filter, or a subscription."""

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from db import watch_lists
from db.edits.webhooks import LockedWebhook
from graph.context import Context
from graph.errors import BadUserInputError
from graph.mutations.editing import writing_of
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.webhook_editing import checker_of, tell
from graph.types.change_filter import ChangeFilter, change_filter
from graph.types.scalars import watch_list_uuid
from graph.webhook_checker import RefusedError, WebhookSubscription

# What topics stand for, and topics with a watch list.
TOLD = """{
    cursor kind npi version occurredAt locationId licenseId
    fields { name old new isHidden }
  }
}
"""
OF_TOPICS = f"""subscription Changes($filter: ChangeFilter!) {{
  changes(filter: $filter) {TOLD}"""
OF_LIST = f"""subscription Changes($filter: ChangeFilter!, $watchList: ID!) {{
  changes(filter: $filter, watchList: $watchList) {TOLD}"""


@strawberry.input(description="A subscription whose answers are sent, each as the `data` of an event.")
class WebhookSubscriptionInput:
    """A document, which of its operations is meant, and its variables."""

    document: str = strawberry.field(
        description="A document with a subscription, such as `subscription { changes { npi company { name } } }`."
    )
    operation_name: str | None = strawberry.field(
        default=UNSET, description="Which operation of it to use, if it has several."
    )
    variables: JSON | None = strawberry.field(
        default=UNSET, description="Its variables, as an object; they stay the same for all events."
    )


Values = Mapping[str, Any]


async def read_subscription(context: Context, row: Row[Any]) -> Values:
    """The columns of the subscription that an input gives, by `topics` and `filter` or as a `subscription`."""
    given = row.given
    if (given.topics is None or given.topics is UNSET) == (not given.subscription):
        row.problems.add(UserErrorCode.INVALID, "Give either topics or subscription.")
        return {}
    way: tuple[str, ...] = ("subscription", "document")
    list_id: UUID | None = None
    if given.subscription:
        subscription, topics = subscription_of(given.subscription, row), None
        for name, value in (("filter", given.filter), ("watchListId", given.watch_list_id)):
            if value:
                message = f"{name} is only for topics; write it into the subscription."
                row.problems.add(UserErrorCode.INVALID, message, name)
    else:
        topics, way = list(dict.fromkeys(each.value for each in given.topics)), ("topics",)
        list_id = await read_list(context, row)
        subscription = await subscription_of_topics(context, row, topics, list_id)
    if not row.problems.found:
        await require_subscription(context, row.problems, subscription, *way)
    return {
        "topics": topics,
        "document": subscription.document,
        "operation_name": subscription.operation_name,
        "variables": subscription.variables,
        "watch_list_id": list_id,
    }


def subscription_of(given: WebhookSubscriptionInput, row: Row[Any]) -> WebhookSubscription:
    """The subscription that an input gives."""
    variables: object = given.variables or {}
    if not isinstance(variables, dict):
        message = "variables must be an object, with a member for each variable."
        row.problems.add(UserErrorCode.INVALID, message, "subscription", "variables")
    return WebhookSubscription(given.document, given.operation_name or None, variables)  # type: ignore[arg-type]


async def read_list(context: Context, row: Row[Any]) -> UUID | None:
    """The watch list that an input names, which the viewer has; None where it names none."""
    writing = writing_of(context)
    try:
        uuid = watch_list_uuid(str(row.given.watch_list_id), "watchListId") if row.given.watch_list_id else None
    except BadUserInputError as error:
        row.problems.add(UserErrorCode.INVALID, error.message, "watchListId")
        return None
    if uuid and await watch_lists.OWNED.by_id(writing.transaction, [uuid], writing.author) == [None]:
        row.problems.add(UserErrorCode.NOT_FOUND, "You have no watch list with this id.", "watchListId")
    return uuid


async def subscription_of_topics(
    context: Context, row: Row[Any], topics: list[str], list_id: UUID | None
) -> WebhookSubscription:
    """The subscription that kinds of changes, a filter and a watch list stand for."""
    filter_ = row.given.filter or None
    if not topics:
        row.problems.add(UserErrorCode.BLANK, "Name at least one kind of changes.", "topics")
    if filter_ and filter_.kinds:
        row.problems.add(UserErrorCode.INVALID, "Give kinds as topics.", "filter", "kinds")
    try:
        await change_filter(writing_of(context).transaction, filter_)
    except BadUserInputError as error:
        way = ("filter", error.field) if error.field else ("filter",)
        row.problems.add(UserErrorCode.INVALID, error.message, *way)
    variables = {"filter": {**(in_json(filter_) if filter_ else {}), "kinds": topics}}
    if list_id is None:
        return WebhookSubscription(OF_TOPICS, None, variables)
    return WebhookSubscription(OF_LIST, None, {**variables, "watchList": f"watch-list:{list_id}"})


def in_json(given: ChangeFilter) -> Mapping[str, object]:
    """A filter as a variable has it."""
    values = {each.name: getattr(given, each.name) for each in fields(given)}
    return {to_camel_case(name): _plain(value) for name, value in values.items() if value not in (None, UNSET)}


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def subscription_in(webhook: LockedWebhook) -> WebhookSubscription:
    """The subscription of a webhook."""
    return WebhookSubscription(webhook["document"], webhook["operation_name"], webhook["variables"])


async def require_subscription(
    context: Context, problems: Problems, subscription: WebhookSubscription, *way: str
) -> None:
    """Report what is wrong with a subscription, or why the viewer can't have it, by its path in the input."""
    try:
        await checker_of(context).require_subscription(
            writing_of(context).transaction, subscription, context.viewer
        )
    except RefusedError as error:
        tell(problems, error, *way)
