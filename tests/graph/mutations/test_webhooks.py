"""Webhooks: made, changed, disabled and deleted by their owners, whom alone they are for, and within bounds."""

import asyncio
import base64
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from standardwebhooks import Webhook as Signature

from db.engine import Database
from db.statement import compiled
from graph.events.webhooks import checker as checker_module
from graph.events.webhooks.checker import MAX_COST, Checker
from graph.execution.run import Runner
from graph.identity.viewer import ANONYMOUS, Role, Viewer
from graph.mutations.webhook_editing import MAX_WEBHOOKS
from graph.telemetry.pseudonyms import pseudonyms
from graph.vault import Vault
from tests.graph.mutations.conftest import EDITOR, KEY, OBRIEN, Mutate
from tests.graph.mutations.receiver import Receiver, receiving

PARTNER = Viewer("partner one", frozenset({"PARTNER"}))
OTHER = Viewer("partner two", frozenset({"PARTNER"}))
# The same subject by another issuer's word.
NAMESAKE = Viewer("partner one", frozenset({"PARTNER"}), issuer="https://other.example")
CHIEF = Viewer("chief", frozenset({"ADMIN"}))

OTHER_KEY = base64.b64encode(bytes(32)).decode()
URL = "https://partner.example/hook"

WEBHOOK = """
    webhook {
      id url description topics watchListId document operationName variables oldSecretUntil
      isEnabled disabledReason disabledAt cursor version failures problem nextAttemptAt
      lag { changes seconds } deliveries { nodes { messageId } }
    }
    userErrors { code message field currentVersion differing }
"""
REGISTER = f"""
    mutation($input: RegisterWebhookInput!, $only: Boolean = false) {{
      done: registerWebhook(input: $input, validateOnly: $only) {{ secret {WEBHOOK} }}
    }}
"""
UPDATE = f"mutation($input: UpdateWebhookInput!) {{ done: updateWebhook(input: $input) {{ {WEBHOOK} }} }}"
ROTATE = f"""
    mutation($input: RotateWebhookSecretInput!) {{
      done: rotateWebhookSecret(input: $input) {{ secret {WEBHOOK} }}
    }}
"""
DISABLE = f"mutation($input: WebhookChoiceInput!) {{ done: disableWebhook(input: $input) {{ {WEBHOOK} }} }}"
ENABLE = f"mutation($input: EnableWebhookInput!) {{ done: enableWebhook(input: $input) {{ {WEBHOOK} }} }}"
REPLAY = f"mutation($input: ReplayWebhookInput!) {{ done: replayWebhook(input: $input) {{ {WEBHOOK} }} }}"
DELETE = """
    mutation($input: WebhookChoiceInput!) {
      done: deleteWebhook(input: $input) { deletedId userErrors { code field } }
    }
"""
TEST = """
    mutation($input: TestWebhookInput!, $only: Boolean = false) {
      done: testWebhook(input: $input, validateOnly: $only) {
        webhook { id cursor version failures deliveries { nodes { messageId attempt status outcome durationMs } } }
        trial { messageId body status durationMs problem }
        userErrors { code message field }
      }
    }
"""
EDIT = """
    mutation {
      updateCompany(input: {npi: "2999999909", website: "https://new.example"}) { userErrors { code } }
    }
"""
PLACE = """
    mutation {
      addLocation(input: {
        npi: "2999999909", address: {line1: "1 A St", city: "Miami", state: "FL", postalCode: "33101"}
      }) { userErrors { code } }
    }
"""
LIST = """
    mutation($npis: [NPI!]!) { createWatchList(input: {name: "a", npis: $npis}) { watchList { id } } }
"""
# Of a webhook with an id; what is registered is one too many for nobody.
VERBS = (
    ("registerWebhook", '{{url: "https://a.example", topics: [COMPANY_CREATED]}}'),
    ("updateWebhook", '{{id: "{id}", description: "b"}}'),
    ("rotateWebhookSecret", '{{id: "{id}"}}'),
    ("disableWebhook", '{{id: "{id}"}}'),
    ("enableWebhook", '{{id: "{id}"}}'),
    ("testWebhook", '{{id: "{id}"}}'),
    ("replayWebhook", '{{id: "{id}", from: "0"}}'),
    ("deleteWebhook", '{{id: "{id}"}}'),
)
MINE = "{ webhooks { nodes { id url } } }"
TOPICS: dict[str, Any] = {"url": URL, "topics": ["COMPANY_UPDATED", "LOCATION_ADDED"]}
FROM_THE_START: dict[str, Any] = {**TOPICS, "from": "0"}
SUBSCRIPTION = "subscription Own($after: String) { changes(after: $after) { cursor company { name website } } }"

WAITING = compiled(text("SELECT cursor FROM webhook_waiting ORDER BY cursor"))
WAIT = compiled(
    text("""
    INSERT INTO webhook_waiting (webhook_id, cursor, npi, attempts, next_attempt_at)
    VALUES (CAST(:id AS uuid), CAST(:cursor AS bigint), :npi, 1, now() + interval '1 day')
    """)
)

COSTLY = """
    subscription {
      changes { company { locations(first: 200) { nodes { company { locations(first: 99) { nodes { id } } } } } } }
    }
"""

pytestmark = pytest.mark.usefixtures("checker")


@pytest.fixture
def receiver(open_checker: Checker) -> Iterator[Receiver]:  # noqa: ARG001 - it is there
    """A place on this machine that events can be sent to, as where one develops."""
    with receiving() as found:
        yield found


async def done(mutate: Mutate, query: str, given: Any, viewer: Viewer = PARTNER, **variables: Any) -> Any:
    answer = await mutate(query, {"input": given, **variables}, viewer)
    assert "errors" not in answer, answer
    return answer["data"]["done"]


async def made(mutate: Mutate, viewer: Viewer = PARTNER, **given: Any) -> Any:
    payload = await done(mutate, REGISTER, given or TOPICS, viewer)
    assert payload["userErrors"] == []
    return payload["webhook"]


def codes(payload: Any) -> set[tuple[str, str]]:
    return {(".".join(each["field"][1:]), each["code"]) for each in payload["userErrors"]}


async def row_of(written: Database, id_: str) -> Any:
    statement = compiled(text("SELECT * FROM webhooks WHERE id = CAST(:id AS uuid)"))
    [row] = await written.read(statement, {"id": UUID(id_.removeprefix("webhook:"))})
    return row


async def let_wait(written: Database, id_: str, *cursors: int) -> None:
    """Have events of some changes wait for a day."""
    async with written.transaction() as transaction:
        for cursor in cursors:
            values = {"id": UUID(id_.removeprefix("webhook:")), "cursor": cursor, "npi": OBRIEN}
            await transaction.write(WAIT, values)


async def test_topics_become_a_subscription(mutate: Mutate, written: Database) -> None:
    filter_ = {"npis": [OBRIEN], "states": ["TX"], "isActive": True}
    payload = await done(mutate, REGISTER, {**TOPICS, "filter": filter_, "description": "Ours"})
    found = payload["webhook"]
    assert (found["url"], found["topics"], found["description"]) == (URL, TOPICS["topics"], "Ours")
    assert found["variables"] == {"filter": {**filter_, "kinds": TOPICS["topics"]}}
    assert (found["isEnabled"], found["version"], found["failures"]) == (True, 1, 0)
    assert found["lag"] == {"changes": 0, "seconds": 0.0}
    assert found["deliveries"]["nodes"] == []
    assert "changes(filter: $filter)" in found["document"]
    secret = base64.b64decode(payload["secret"].removeprefix("whsec_"))
    row = await row_of(written, found["id"])
    assert len(secret) == 32
    assert secret not in row["secret"]
    assert Vault(KEY).open(row["secret"]) == secret
    assert (row["issuer"], row["subject"], row["roles"], row["companies"]) == (
        "",
        PARTNER.subject,
        ["PARTNER"],
        [],
    )


async def test_a_subscription_of_ones_own_is_taken_as_it_is_written(mutate: Mutate) -> None:
    document = SUBSCRIPTION + " subscription Other { changes { npi } }"
    given = {"document": document, "operationName": "Own", "variables": {"after": "0"}}
    found = await made(mutate, url=URL, subscription=given)
    assert (found["document"], found["operationName"], found["variables"]) == (document, "Own", {"after": "0"})
    assert found["topics"] is None
    changed = await done(mutate, UPDATE, {"id": found["id"], "topics": ["COMPANY_CREATED"]})
    assert (changed["webhook"]["topics"], changed["webhook"]["operationName"]) == (["COMPANY_CREATED"], None)
    assert (changed["webhook"]["url"], changed["webhook"]["version"]) == (URL, 2)
    again = await done(mutate, UPDATE, {"id": found["id"], "url": URL})
    assert again["webhook"]["version"] == 2


async def test_topics_may_be_narrowed_by_a_watch_list(mutate: Mutate, receiver: Receiver) -> None:
    made_ = await mutate(LIST, {"npis": [OBRIEN]}, PARTNER)
    list_id = made_["data"]["createWatchList"]["watchList"]["id"]
    await mutate(EDIT)
    given = {"url": receiver.url, "topics": ["COMPANY_CREATED", "COMPANY_UPDATED"], "watchListId": list_id}
    found = await made(mutate, **given)
    assert (found["watchListId"], found["variables"]["watchList"]) == (list_id, list_id)
    trial = (await done(mutate, TEST, {"id": found["id"]}))["trial"]
    assert orjson.loads(trial["body"])["data"]["changes"]["npi"] == OBRIEN
    for wrong, code in ((OBRIEN, "INVALID"), (list_id[:-12] + "0" * 12, "NOT_FOUND")):
        told = await done(mutate, REGISTER, {**TOPICS, "watchListId": wrong})
        assert codes(told) == {("watchListId", code)}
    assert codes(await done(mutate, REGISTER, {**TOPICS, "watchListId": list_id}, OTHER)) == {
        ("watchListId", "NOT_FOUND")
    }
    wider = await done(mutate, UPDATE, {"id": found["id"], "topics": ["COMPANY_UPDATED"]})
    assert (wider["webhook"]["watchListId"], wider["webhook"]["variables"]["filter"]) == (
        None,
        {"kinds": ["COMPANY_UPDATED"]},
    )
    alone = await done(mutate, UPDATE, {"id": found["id"], "watchListId": list_id})
    assert codes(alone) == {("watchListId", "INVALID")}


async def test_an_event_of_a_trial_shows_what_its_change_left(mutate: Mutate, receiver: Receiver) -> None:
    """Though the company has changed since, in a way that the webhook doesn't listen to."""
    before = (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]
    for text_ in (EDIT, PLACE):
        [payload] = (await mutate(text_))["data"].values()
        assert payload == {"userErrors": []}
    document = "subscription { companyChanged(filter: {kinds: [COMPANY_UPDATED]}) { cursor company { version } } }"
    now = (await mutate(f'{{ company(npi: "{OBRIEN}") {{ version }} }}'))["data"]["company"]["version"]
    found = await made(mutate, url=receiver.url, subscription={"document": document})
    trial = (await done(mutate, TEST, {"id": found["id"]}))["trial"]
    event = orjson.loads(trial["body"])
    assert int(event["cursor"]) == int(before) + 1
    assert event["data"]["companyChanged"]["company"] == {"version": now - 1}


@pytest.mark.parametrize(
    ("document", "code", "told"),
    [
        ("{ companies { nodes { npi } } }", "INVALID", "The operation isn't a subscription."),
        ("subscription { changes { npi", "INVALID", "Syntax Error"),
        ("subscription { changes { nothing } }", "INVALID", "Cannot query field 'nothing'"),
        ("subscription { changes { npi } two: changes { npi } }", "INVALID", "only one top level field"),
        ("subscription($a: String!) { changes(after: $a) { npi } }", "INVALID", "$a"),
        ('subscription { changes(after: "x") { npi } }', "INVALID", "after is not the cursor of a change."),
        ('subscription { changes(filter: {states: ["Texas"]}) { npi } }', "INVALID", "TX for Texas"),
        ("subscription { changes { company { taxId } } }", "FORBIDDEN", "Company.taxId"),
        (COSTLY, "TOO_COSTLY", "cost"),
    ],
)  # fmt: skip
async def test_a_document_is_judged_before_it_is_kept(mutate: Mutate, document: str, code: str, told: str) -> None:
    payload = await done(mutate, REGISTER, {"url": URL, "subscription": {"document": document}})
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == (code, ["input", "subscription", "document"])
    assert told in error["message"]
    assert (payload["webhook"], payload["secret"]) == (None, None)


async def test_variables_may_be_written_in_the_document_and_not_in_pieces(mutate: Mutate) -> None:
    for declared, after in (("", '"0"'), (", $after: String", "$after")):
        given = (
            f'{{url: "{URL}", subscription: {{document: $document, variables: {{after: {after}, more: [1]}}}}}}'
        )
        query = (
            f"mutation($document: String!{declared}) {{ done: registerWebhook(input: {given}) {{ {WEBHOOK} }} }}"
        )
        answer = await mutate(query, {"document": SUBSCRIPTION}, PARTNER)
        if declared:
            assert (answer["data"], answer["errors"][0]["extensions"]["code"]) == (None, "BAD_USER_INPUT")
        else:
            assert answer["data"]["done"]["webhook"]["variables"] == {"after": "0", "more": [1]}


async def test_an_event_may_cost_so_much(mutate: Mutate, runner: Runner) -> None:
    document = "subscription {{ changes {{ company {{ locations(first: {}) {{ nodes {{ id }} }} }} }} }}"
    costs = {size: runner.prepare(document.format(size), None, {}, PARTNER).cost for size in range(201)}
    size = max(size for size, cost in costs.items() if cost <= MAX_COST)
    most = {"url": URL, "subscription": {"document": document.format(size)}}
    assert (await done(mutate, REGISTER, most))["userErrors"] == []
    if size < 200:
        more = {"url": URL, "subscription": {"document": document.format(size + 1)}}
        assert codes(await done(mutate, REGISTER, more)) == {("subscription.document", "TOO_COSTLY")}


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/hook", "ftp://partner.example", "https://", "partner.example", "https://10.0.0.1/",
        "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data", "https://localhost/",
        "https://user:word@partner.example/", "https://partner.example/#part",
        f"https://partner.example/{'a' * 2048}",
    ],
)  # fmt: skip
async def test_events_are_sent_to_the_internet_alone(mutate: Mutate, url: str) -> None:
    payload = await done(mutate, REGISTER, {**TOPICS, "url": url})
    assert {way for way, _ in codes(payload)} == {"url"}
    assert url not in str(payload)


@pytest.mark.usefixtures("open_checker")
@pytest.mark.parametrize("only", [False, True])
async def test_where_one_develops_events_are_sent_to_this_machine_too(
    mutate: Mutate,
    only: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    for host in ("10.0.0.1", "169.254.169.254", "[fd00::1]", "[::]", "2130706433"):
        payload = await done(mutate, REGISTER, {**TOPICS, "url": f"http://{host}/hook"}, only=only)
        assert codes(payload) == {("url", "INVALID")}
    payload = await done(mutate, REGISTER, {**TOPICS, "url": "http://127.0.0.1:9/hook"}, only=only)
    assert payload["userErrors"] == []


async def test_all_that_is_wrong_is_told(mutate: Mutate) -> None:
    wrong = {"url": " ", "topics": [], "filter": {"kinds": ["COMPANY_CREATED"], "states": ["Texas"]}}
    told = codes(await done(mutate, REGISTER, {**wrong, "description": "a" * 501, "from": "x"}))
    assert told == {
        ("url", "BLANK"), ("topics", "BLANK"), ("filter.kinds", "INVALID"), ("filter.states", "INVALID"),
        ("description", "TOO_LONG"), ("from", "INVALID"),
    }  # fmt: skip
    both = {**TOPICS, "subscription": {"document": SUBSCRIPTION}}
    for given in ({"url": URL}, both):
        assert codes(await done(mutate, REGISTER, given)) == {("", "INVALID")}
    own = {"document": SUBSCRIPTION, "variables": [1]}
    told = codes(await done(mutate, REGISTER, {"url": URL, "subscription": own, "filter": {}}))
    assert told >= {("subscription.variables", "INVALID")}
    ahead = await done(mutate, REGISTER, {**TOPICS, "from": "999999999"})
    assert codes(ahead) == {("from", "INVALID")}


async def test_a_secret_is_shown_once_and_again_by_its_key(mutate: Mutate, written: Database) -> None:
    answers = [await mutate(REGISTER, {"input": TOPICS}, PARTNER, key="6f1a") for _ in range(2)]
    first, second = [each["data"]["done"] for each in answers]
    assert first == second
    assert answers[1]["extensions"]["idempotency"] == {"replayed": True}
    [row] = await written.read(compiled(text("SELECT answer FROM idempotency_keys")))
    assert first["secret"].removeprefix("whsec_") not in str(row["answer"])
    tried = await done(mutate, REGISTER, TOPICS, only=True)
    assert (tried["secret"], tried["userErrors"], tried["webhook"]["url"]) == (None, [], URL)
    assert len((await mutate(MINE, viewer=PARTNER))["data"]["webhooks"]["nodes"]) == 1


async def test_a_secret_is_replaced_and_the_old_one_signs_for_a_while(mutate: Mutate, written: Database) -> None:
    payload = await done(mutate, REGISTER, TOPICS)
    id_ = payload["webhook"]["id"]
    old = base64.b64decode(payload["secret"].removeprefix("whsec_"))
    assert payload["webhook"]["oldSecretUntil"] is None
    rotated = await done(mutate, ROTATE, {"id": id_, "ifVersion": 1})
    row = await row_of(written, id_)
    assert Vault(KEY).open(row["old_secret"]) == old
    assert Vault(KEY).open(row["secret"]) == base64.b64decode(rotated["secret"].removeprefix("whsec_"))
    assert (row["old_secret_until"] - row["updated_at"]).total_seconds() == 24 * 3600
    assert rotated["webhook"]["oldSecretUntil"] == row["old_secret_until"].isoformat()
    await done(mutate, ROTATE, {"id": id_, "oldSecretHours": 0})
    leaked = await row_of(written, id_)
    assert leaked["old_secret_until"] == leaked["updated_at"]
    assert codes(await done(mutate, ROTATE, {"id": id_, "oldSecretHours": 169})) == {("oldSecretHours", "INVALID")}


async def test_a_webhook_is_disabled_and_goes_on_where_it_stopped(mutate: Mutate) -> None:
    found = await made(mutate, **FROM_THE_START)
    off = (await done(mutate, DISABLE, {"id": found["id"]}))["webhook"]
    assert (off["isEnabled"], off["disabledReason"], off["version"]) == (False, "You have disabled it.", 2)
    assert off["disabledAt"] is not None
    last = (await mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"]
    on = (await done(mutate, ENABLE, {"id": found["id"]}))["webhook"]
    assert (on["isEnabled"], on["disabledReason"], on["disabledAt"]) == (True, None, None)
    assert (on["cursor"], on["lag"]["changes"]) == ("0", min(int(last), 1000))
    await done(mutate, DISABLE, {"id": found["id"]})
    later = (await done(mutate, ENABLE, {"id": found["id"], "from": last}))["webhook"]
    assert (later["cursor"], later["lag"]["changes"]) == (last, 0)


async def test_a_webhook_goes_back_and_not_forward(mutate: Mutate, written: Database) -> None:
    found = await made(mutate)
    await let_wait(written, found["id"], 1, int(found["cursor"]))
    back = await done(mutate, REPLAY, {"id": found["id"], "from": "2"})
    assert (back["webhook"]["cursor"], back["webhook"]["version"]) == ("2", 2)
    # What is sent again anyway isn't kept besides.
    assert [row["cursor"] for row in await written.read(WAITING)] == [1]
    forward = await done(mutate, REPLAY, {"id": found["id"], "from": found["cursor"]})
    assert codes(forward) == {("from", "INVALID")}


async def test_changes_that_are_gone_are_not_replayed(mutate: Mutate, written: Database) -> None:
    found = await made(mutate, **FROM_THE_START)
    async with written.transaction() as transaction:
        await transaction.write(compiled(text("UPDATE change_marks SET cursor = 5")), {})
    [error] = (await done(mutate, REPLAY, {"id": found["id"], "from": "0"}))["userErrors"]
    assert (error["code"], error["field"]) == ("EXPIRED", ["input", "from"])
    assert "5" in error["message"]
    await done(mutate, DISABLE, {"id": found["id"]})
    assert codes(await done(mutate, ENABLE, {"id": found["id"]})) == {("from", "EXPIRED")}
    assert (await done(mutate, ENABLE, {"id": found["id"], "from": "5"}))["userErrors"] == []


async def test_a_webhook_whose_waiting_events_are_gone_goes_on_where_its_owner_says(
    mutate: Mutate, written: Database
) -> None:
    found = await made(mutate)
    await done(mutate, DISABLE, {"id": found["id"]})
    await let_wait(written, found["id"], 1)
    async with written.transaction() as transaction:
        await transaction.write(compiled(text("UPDATE change_marks SET cursor = 5")), {})
    assert codes(await done(mutate, ENABLE, {"id": found["id"]})) == {("from", "EXPIRED")}
    again = await done(mutate, ENABLE, {"id": found["id"], "from": found["cursor"]})
    assert (again["webhook"]["isEnabled"], again["webhook"]["cursor"]) == (True, found["cursor"])
    assert await written.read(WAITING) == []


async def test_fewer_roles_take_a_document_back(mutate: Mutate, written: Database) -> None:
    """Whoever changes a webhook, or reads a sample, has its events seen with the token of that moment."""
    chief = Viewer("chief", frozenset({"ADMIN"}))
    document = {"document": "subscription { changes { company { taxId } } }"}
    found = await made(mutate, chief, url=URL, subscription=document)
    partner = Viewer("chief", frozenset({"PARTNER"}))
    for query, given in ((UPDATE, {"description": "mine"}), (ENABLE, {}), (TEST, {})):
        assert codes(await done(mutate, query, {"id": found["id"], **given}, partner)) == {("id", "FORBIDDEN")}
    other: dict[str, Any] = {"id": found["id"], "topics": ["COMPANY_CREATED"]}
    assert (await done(mutate, UPDATE, other, partner))["userErrors"] == []
    assert (await row_of(written, found["id"]))["roles"] == ["PARTNER"]


async def test_who_has_what_one_role_alone_may_see_sent_is_logged(
    mutate: Mutate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ariesone.audit")
    given = {"url": URL, "subscription": {"document": "subscription { changes { company { taxId } } }"}}
    assert codes(await done(mutate, REGISTER, given)) == {("subscription.document", "FORBIDDEN")}
    await made(mutate, CHIEF, **given)
    await made(mutate)
    audited = [vars(each) for each in caplog.records if each.name == "ariesone.audit"]
    assert [(each["user.hash"], each["event.outcome"], each["labels.guarded"]) for each in audited] == [
        (pseudonyms.of("partner one", ""), "failure", ["Company.taxId"]),
        (pseudonyms.of("chief", ""), "success", ["Company.taxId"]),
    ]


async def test_versions_are_held(mutate: Mutate) -> None:
    found = await made(mutate)
    await done(mutate, UPDATE, {"id": found["id"], "description": "one"})
    for query, given in (
        (UPDATE, {"description": "two"}),
        (ROTATE, {}),
        (DISABLE, {}),
        (ENABLE, {}),
        (REPLAY, {"from": "0"}),
        (DELETE, {}),
    ):
        late = await done(mutate, query, {"id": found["id"], "ifVersion": 1, **given})
        assert codes(late) == {("ifVersion", "CONFLICT")}
    assert await done(mutate, DELETE, {"id": found["id"], "ifVersion": 2}) == {
        "deletedId": found["id"],
        "userErrors": [],
    }


async def test_nobody_sees_or_changes_another_ones_webhook(mutate: Mutate) -> None:
    id_ = (await made(mutate))["id"]
    seen = f'{{ webhook(id: "{id_}") {{ url deliveries {{ nodes {{ npi }} }} }} }}'
    assert (await mutate(seen, viewer=PARTNER))["data"]["webhook"]["url"] == URL
    missing = seen.replace(id_, "webhook:00000000-0000-4000-8000-000000000000")
    for stranger in (OTHER, NAMESAKE, CHIEF, EDITOR):
        foreign, none = [await mutate(query, viewer=stranger) for query in (seen, missing)]
        assert foreign == none
        assert foreign["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert (await mutate(MINE, viewer=stranger))["data"]["webhooks"]["nodes"] == []
        for query, given in (
            (UPDATE, {"description": "mine"}),
            (ROTATE, {}),
            (DISABLE, {}),
            (ENABLE, {}),
            (REPLAY, {"from": "0"}),
            (TEST, {}),
            (DELETE, {}),
        ):
            told = await done(mutate, query, {"id": id_, **given}, stranger)
            assert codes(told) == {("id", "NOT_FOUND")}


@pytest.mark.parametrize("role", [None, *(each.name for each in Role)])
async def test_webhooks_are_for_those_who_may(mutate: Mutate, role: str | None) -> None:
    """Each verb on a webhook that isn't there: who may learns that, and nobody else does."""
    viewer = Viewer("somebody", frozenset({role})) if role else ANONYMOUS
    id_ = "webhook:00000000-0000-4000-8000-000000000000"
    fields = " ".join(
        f"{verb}(input: {given.format(id=id_)}) {{ userErrors {{ code }} }}" for verb, given in VERBS
    )
    told = await mutate(f"mutation {{ {fields} }}", viewer=viewer)
    seen = await mutate(MINE, viewer=viewer)
    if role in {"PARTNER", "EDITOR", "ADMIN"}:
        assert [each["userErrors"] for each in told["data"].values()] == [[], *[[{"code": "NOT_FOUND"}]] * 7]
        assert [each["url"] for each in seen["data"]["webhooks"]["nodes"]] == ["https://a.example"]
        return
    refused = [error["extensions"]["code"] for answer in (told, seen) for error in answer["errors"]]
    assert refused == ["FORBIDDEN"] * (len(VERBS) + 1)
    assert set(told["data"].values()) == {None}


async def test_an_owner_has_so_many(mutate: Mutate) -> None:
    for _ in range(MAX_WEBHOOKS):
        await made(mutate)
    assert codes(await done(mutate, REGISTER, TOPICS)) == {("", "TOO_MANY")}
    await made(mutate, OTHER)


async def test_many_are_read_by_as_many_statements_as_one(mutate: Mutate, run_statements: list[Any]) -> None:
    query = "{ webhooks { nodes { id lag { changes seconds } deliveries { nodes { type status } } } } }"
    numbers = []
    for _ in range(2):
        await made(mutate)
        before = len(run_statements)
        await mutate(query, viewer=PARTNER)
        numbers.append(len(run_statements) - before)
    assert numbers == [3, 3]


async def test_what_was_sent_is_listed_by_pages(mutate: Mutate, written: Database) -> None:
    found = await made(mutate)
    statement = compiled(
        text("""
        INSERT INTO webhook_deliveries
          (webhook_id, cursor, message_id, type, npi, attempt, status, outcome, duration_ms, attempted_at)
        SELECT CAST(:id AS uuid), n, 'm' || n, 'company.updated', '2999999909', 1, 200, 'DELIVERED', 7, now()
        FROM generate_series(1, 5) AS n
        """)
    )
    async with written.transaction() as transaction:
        await transaction.write(statement, {"id": UUID(found["id"].removeprefix("webhook:"))})
    query = """
        query($id: ID!, $after: String) {
          webhook(id: $id) { deliveries(first: 2, after: $after) {
            edges { cursor node { messageId cursor npi attempt status outcome durationMs } }
            pageInfo { hasNextPage }
          } }
        }
    """
    seen, after = [], None
    for _ in range(3):
        answer = await mutate(query, {"id": found["id"], "after": after}, PARTNER)
        page = answer["data"]["webhook"]["deliveries"]
        seen += [edge["node"]["messageId"] for edge in page["edges"]]
        after = page["edges"][-1]["cursor"]
    assert seen == ["m5", "m4", "m3", "m2", "m1"]
    assert page["pageInfo"] == {"hasNextPage": False}
    assert page["edges"][0]["node"] == {
        "messageId": "m1", "cursor": "1", "npi": OBRIEN, "attempt": 1, "status": 200, "outcome": "DELIVERED",
        "durationMs": 7,
    }  # fmt: skip
    bad = await mutate(query, {"id": found["id"], "after": "x"}, PARTNER)
    assert bad["errors"][0]["message"] == "after is not the cursor of an attempt."


async def test_without_a_key_nothing_is_registered(mutate: Mutate, checker: Checker) -> None:
    checker.vault = None
    [error] = (await done(mutate, REGISTER, TOPICS))["userErrors"]
    assert (error["code"], "WEBHOOK_KEY" in error["message"]) == ("UNAVAILABLE", True)


async def test_a_trial_tells_what_came_of_it_and_moves_nothing(mutate: Mutate, receiver: Receiver) -> None:
    await mutate(EDIT)
    payload = await done(mutate, REGISTER, {"url": receiver.url, "topics": ["COMPANY_UPDATED"]})
    id_, cursor = payload["webhook"]["id"], payload["webhook"]["cursor"]
    tried = await done(mutate, TEST, {"id": id_})
    [(headers, body)] = receiver.received
    assert Signature(payload["secret"]).verify(body, dict(headers)) == orjson.loads(body)
    assert orjson.loads(body)["type"] == "company.updated"
    assert orjson.loads(body)["data"]["changes"]["npi"] == OBRIEN
    trial = tried["trial"]
    assert (trial["body"], trial["messageId"]) == (body.decode(), headers["webhook-id"])
    assert (trial["status"], trial["problem"]) == (204, None)
    [logged] = tried["webhook"]["deliveries"]["nodes"]
    assert (logged["messageId"], logged["outcome"], logged["status"]) == (trial["messageId"], "TEST", 204)
    assert [tried["webhook"][name] for name in ("cursor", "version", "failures")] == [cursor, 1, 0]
    assert (await done(mutate, TEST, {"id": id_}, only=True))["trial"] is None
    assert len(receiver.received) == 1


async def test_a_trial_tells_what_is_wrong(
    mutate: Mutate, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await made(mutate, url=receiver.url, topics=["COMPANY_UPDATED", "COMPANY_CREATED"])
    receiver.status = 302
    told = (await done(mutate, TEST, {"id": found["id"]}))["trial"]
    assert (told["status"], told["problem"]) == (302, "It answers 302; redirects aren't followed.")
    nowhere = await made(mutate, url="http://127.0.0.1:9/", topics=["COMPANY_UPDATED", "COMPANY_CREATED"])
    told = (await done(mutate, TEST, {"id": nowhere["id"]}))["trial"]
    assert (told["status"], told["problem"]) == (None, "It can't be connected to.")
    receiver.delay = 2.0
    monkeypatch.setattr(checker_module, "PATIENCE", 0.2)
    told = (await done(mutate, TEST, {"id": found["id"]}))["trial"]
    assert (told["status"], told["problem"]) == (None, "It doesn't answer within 0.2 seconds.")


async def test_there_is_no_trial_of_what_never_happened(mutate: Mutate, receiver: Receiver) -> None:
    found = await made(mutate, url=receiver.url, topics=["LICENSE_REMOVED"])
    told = await done(mutate, TEST, {"id": found["id"]})
    assert (codes(told), told["trial"], receiver.received) == ({("", "NOT_FOUND")}, None, [])


async def test_a_secret_whose_key_is_gone_is_not_sent_with(
    mutate: Mutate, receiver: Receiver, checker: Checker
) -> None:
    found = await made(mutate, url=receiver.url, topics=["COMPANY_CREATED"])
    checker.vault = Vault(OTHER_KEY)
    [error] = (await done(mutate, TEST, {"id": found["id"]}))["userErrors"]
    assert error["code"] == "UNAVAILABLE"
    assert receiver.received == []
    # The new key seals, and the old one opens what it sealed.
    checker.vault = Vault(f"{OTHER_KEY},{KEY}")
    assert (await done(mutate, TEST, {"id": found["id"]}))["trial"]["status"] == 204


async def test_a_webhook_that_is_deleted_while_it_is_tried_is_gone(mutate: Mutate, receiver: Receiver) -> None:
    """What was sent is told all the same."""
    await mutate(EDIT)
    id_ = (await made(mutate, url=receiver.url, topics=["COMPANY_UPDATED"]))["id"]
    receiver.delay = 0.3
    trying = asyncio.create_task(done(mutate, TEST, {"id": id_}))
    while not receiver.received:
        assert not trying.done()
        await asyncio.sleep(0.01)
    assert (await done(mutate, DELETE, {"id": id_}))["deletedId"] == id_
    payload = await trying
    assert (payload["webhook"], payload["userErrors"], payload["trial"]["status"]) == (None, [], 204)
