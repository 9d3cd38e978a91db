"""From registering to what arrives: a partner over HTTP, a server that sends, and a place that verifies."""

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.mutations.conftest import OBRIEN
from tests.graph.mutations.receiver import Receiver, receiving

PARTNER, EDITOR = bearer("partner"), bearer("editor", (OBRIEN,))
KEY = base64.b64encode(bytes(range(32))).decode()

WEBHOOK = "webhook { id cursor isEnabled failures problem } userErrors { code message field }"
REGISTER = (
    f"mutation($input: RegisterWebhookInput!) {{ done: registerWebhook(input: $input) {{ secret {WEBHOOK} }} }}"
)


def choice(verb: str, input_: str) -> str:
    return f"mutation($input: {input_}!) {{ done: {verb}(input: $input) {{ {WEBHOOK} }} }}"


UPDATE = choice("updateWebhook", "UpdateWebhookInput")
DISABLE = choice("disableWebhook", "WebhookChoiceInput")
ENABLE = choice("enableWebhook", "EnableWebhookInput")
REPLAY = choice("replayWebhook", "ReplayWebhookInput")
ROTATE = """
    mutation($input: RotateWebhookSecretInput!) {
      done: rotateWebhookSecret(input: $input) { secret userErrors { code message } }
    }
"""
LOOK = """
    query($id: ID!) {
      done: webhook(id: $id) {
        cursor failures problem lag { changes }
        deliveries { nodes { messageId cursor type npi attempt status outcome } }
      }
    }
"""
EDIT = "mutation($input: UpdateCompanyInput!) { done: updateCompany(input: $input) { userErrors { code } } }"


@pytest.fixture
def own(
    sample_copy: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> Iterator[Server]:
    """A server whose directory may be changed, and which sends to webhooks."""
    with serve(create_app(settings_for(sample_copy, webhook_key=SecretStr(KEY)))) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A place that events are sent to."""
    with receiving() as found:
        yield found


def done(server: Server, query: str, who: str = PARTNER, **variables: Any) -> Any:
    answer = server.post(query, variables, authorization=who).json()
    assert "errors" not in answer, answer
    found = answer["data"]["done"]
    assert not found.get("userErrors"), found
    return found


def edit(server: Server, word: str) -> None:
    done(server, EDIT, EDITOR, input={"npi": OBRIEN, "website": f"https://{word}.example"})


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def register(server: Server, url: str) -> tuple[str, str]:
    """The id and the secret of a webhook that listens to what becomes of a company."""
    document = "subscription { changes(filter: {kinds: [COMPANY_UPDATED]}) { cursor company { website } } }"
    found = done(server, REGISTER, input={"url": url, "subscription": {"document": document}})
    return found["webhook"]["id"], found["secret"]


def websites(receiver: Receiver) -> list[str]:
    events = [orjson.loads(body) for _, body in receiver.received]
    return [
        each["data"]["changes"]["company"]["website"].split(".")[0].removeprefix("https://") for each in events
    ]


def test_what_is_registered_is_sent_until_it_is_disabled_and_goes_on_after(
    own: Server, receiver: Receiver
) -> None:
    id_, secret = register(own, receiver.url)
    edit(own, "one")
    until(lambda: websites(receiver) == ["one"])
    headers, body = receiver.received[0]
    event = Webhook(secret).verify(body, dict(headers))
    until(lambda: done(own, LOOK, id=id_)["lag"]["changes"] == 0)
    seen = done(own, LOOK, id=id_)
    assert (seen["cursor"], seen["failures"], seen["problem"]) == (event["cursor"], 0, None)
    assert seen["deliveries"]["nodes"] == [
        {"messageId": headers["webhook-id"], "cursor": event["cursor"], "type": "company.updated", "npi": OBRIEN,
         "attempt": 1, "status": 204, "outcome": "DELIVERED"}
    ]  # fmt: skip
    done(own, DISABLE, input={"id": id_})
    edit(own, "two")
    time.sleep(0.5)
    assert websites(receiver) == ["one"]
    done(own, ENABLE, input={"id": id_})
    until(lambda: websites(receiver) == ["one", "two"])


def test_what_was_sent_is_sent_again_from_where_its_owner_says(own: Server, receiver: Receiver) -> None:
    id_, _ = register(own, receiver.url)
    before = done(own, LOOK, id=id_)["cursor"]
    for word in ("one", "two"):
        edit(own, word)
    until(lambda: len(receiver.received) == 2)
    until(lambda: done(own, LOOK, id=id_)["lag"]["changes"] == 0)
    done(own, REPLAY, input={"id": id_, "from": before})
    until(lambda: len(receiver.received) == 4)
    ids = [headers["webhook-id"] for headers, _ in receiver.received]
    assert ids[2:] == ids[:2]


def test_both_secrets_sign_while_one_takes_the_place_of_the_other(own: Server, receiver: Receiver) -> None:
    id_, old = register(own, receiver.url)
    new = done(own, ROTATE, input={"id": id_})["secret"]
    edit(own, "one")
    until(lambda: len(receiver.received) == 1)
    leaked = done(own, ROTATE, input={"id": id_, "oldSecretHours": 0})["secret"]
    edit(own, "two")
    until(lambda: len(receiver.received) == 2)
    for number, good in enumerate(({old, new}, {leaked})):
        headers, body = receiver.received[number]
        assert len(headers["webhook-signature"].split()) == len(good)
        for each in good:
            Webhook(each).verify(body, dict(headers))


def test_another_address_is_tried_at_once(own: Server, receiver: Receiver) -> None:
    """What the first one didn't take waits, and goes to the second."""
    id_, _ = register(own, "http://127.0.0.1:9/")
    edit(own, "one")
    until(lambda: done(own, LOOK, id=id_)["failures"] == 1)
    seen = done(own, LOOK, id=id_)
    assert (seen["problem"], seen["deliveries"]["nodes"][0]["outcome"]) == ("It can't be connected to.", "FAILED")
    done(own, UPDATE, input={"id": id_, "url": receiver.url})
    until(lambda: websites(receiver) == ["one"])


def test_without_a_key_nothing_is_registered(server: Server) -> None:
    given = {"url": "https://partner.example", "topics": ["COMPANY_CREATED"]}
    answer = server.post(REGISTER, {"input": given}, authorization=PARTNER).json()
    [error] = answer["data"]["done"]["userErrors"]
    assert error["code"] == "UNAVAILABLE"
