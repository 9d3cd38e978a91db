"""Messages are signed as Standard Webhooks has it, by the word of its own library."""

import time
from base64 import b64encode
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from graph.events.webhooks.courier import headers_of
from graph.events.webhooks.message import MOST, Message, Occasion, message_of
from graph.events.webhooks.signature import sign

SECRET, OTHER, STRANGE = bytes(range(32)), bytes(range(32, 64)), bytes(32)
ID = UUID(int=7)
OCCASION = Occasion(48213, "COMPANY_UPDATED", datetime(2026, 11, 2, 15, 4, 5, 123456, UTC))
ANSWER = b'{"data":{"changes":{"npi":"1234567893"}}}'


def receiver(secret: bytes) -> Webhook:
    return Webhook(f"whsec_{b64encode(secret).decode()}")


def test_the_librarys_own_vector() -> None:
    # https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    secret = receiver(SECRET)
    body, at = '{"test": 2432232314}', datetime.fromtimestamp(1614265330, UTC)
    signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert sign([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body.encode()) == signed


def test_a_message_is_verified_with_either_secret_while_there_are_two() -> None:
    message = message_of(ID, OCCASION, ANSWER)
    headers = headers_of("https://partner.example/hook", [SECRET, OTHER], message)
    for secret in (SECRET, OTHER):
        found = receiver(secret).verify(message.body, dict(headers))
        assert found["data"] == {"changes": {"npi": "1234567893"}}
    with pytest.raises(WebhookVerificationError):
        receiver(STRANGE).verify(message.body, dict(headers))
    with pytest.raises(WebhookVerificationError):
        receiver(SECRET).verify(message.body.replace(b"1234567893", b"1234567894"), dict(headers))


def test_it_is_signed_at_the_moment_at_which_it_is_sent() -> None:
    message = message_of(ID, OCCASION, ANSWER)
    headers = headers_of("https://partner.example:8443/hook?tenant=7", [SECRET], message)
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 5
    assert headers["webhook-id"] == message.id == f"48213-{ID.hex}"
    assert headers["host"] == "partner.example:8443"


def test_a_body_is_an_answer_with_what_it_is_about() -> None:
    message = message_of(ID, OCCASION, ANSWER)
    assert message.type == "company.updated"
    assert orjson.loads(message.body) == {
        "type": "company.updated",
        "timestamp": "2026-11-02T15:04:05.123456+00:00",
        "cursor": "48213",
        "data": {"changes": {"npi": "1234567893"}},
    }


def test_errors_stand_beside_the_data_as_in_any_answer() -> None:
    body = orjson.loads(message_of(ID, OCCASION, b'{"errors":[{"message":"no"}],"data":null}').body)
    assert (body["errors"], body["data"], body["cursor"]) == ([{"message": "no"}], None, "48213")


@pytest.mark.parametrize("more", [0, 1])
def test_a_body_that_is_too_long_is_replaced_by_where_to_read(more: int) -> None:
    about = len(message_of(ID, OCCASION, b'{"data":""}').body)
    message = message_of(ID, OCCASION, b'{"data":"%s"}' % (b"a" * (MOST - 1 - about + more)))
    data = orjson.loads(message.body)["data"]
    if more:
        assert (data["isTooLong"], data["cursor"]) == (True, "48213")
        assert "20,000 bytes" in data["notice"]
        assert "changes(after: 48212)" in data["notice"]
    else:
        assert set(data) == {"a"}
        assert len(message.body) == MOST - 1


def test_an_id_has_no_dot_which_separates_what_is_signed() -> None:
    assert "." not in message_of(ID, OCCASION, ANSWER).id
    assert isinstance(message_of(ID, OCCASION, ANSWER), Message)
