"""Who asked for what one role alone may see stands in the log."""

import logging

import pytest

from graph.telemetry.pseudonyms import pseudonyms
from tests.graph.conftest import Server, bearer

QUERY = 'query Audited { company(npi: "2999999909") { name taxId } }'


@pytest.mark.parametrize(("role", "outcome"), [("admin", "success"), ("editor", "failure"), (None, "failure")])
def test_asking_for_a_tax_id_is_logged(
    server: Server, caplog: pytest.LogCaptureFixture, role: str | None, outcome: str
) -> None:
    caplog.set_level(logging.INFO, "ariesone.audit")
    answer = server.post(QUERY, None, **({"authorization": bearer(role)} if role else {}))
    [record] = [record for record in caplog.records if record.name == "ariesone.audit"]
    assert getattr(record, "event.outcome") == outcome
    assert getattr(record, "user.hash") == (pseudonyms.of(f"development-{role}", "") if role else None)
    assert getattr(record, "labels.guarded") == ["Company.taxId"]
    assert getattr(record, "graphql.operation.name") == "Audited"
    assert "1234" not in record.getMessage()
    assert ("1234" in answer.text) == (outcome == "success")


def test_what_many_may_see_is_not(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ariesone.audit")
    server.post('{ company(npi: "2999999909") { phone } }', None, authorization=bearer("viewer"))
    assert [record for record in caplog.records if record.name == "ariesone.audit"] == []
