"""How webhooks stand is told by /health and /metrics."""

import pytest
from prometheus_client import REGISTRY

from db.webhook_sending import Status
from graph.condition import Condition, degraded, healthy
from graph.events.webhooks.status import condition_of, show


@pytest.mark.parametrize(
    ("status", "condition"),
    [
        (Status(0, 0, 0, 0, 0.0, 0), healthy("0 enabled")),
        (Status(3, 1, 0, 2, 59.0, 7), healthy("4 enabled, of which 1 accept nothing at the moment")),
        (Status(3, 0, 0, 2, 75.4, 0), degraded("3 enabled; something has waited to be sent for 75 s")),
        (
            Status(2, 1, 1, 2, 75.4, 0),
            degraded(
                "4 enabled, of which 1 accept nothing at the moment; this server holds 1 back, see "
                "`ariesone webhooks list`; something has waited to be sent for 75 s"
            ),
        ),
    ],
)
def test_one_that_isnt_sent_to_is_a_warning_with_a_number(status: Status, condition: Condition) -> None:
    assert condition_of(status) == condition


def test_metrics_say_the_same() -> None:
    show(Status(3, 1, 4, 2, 75.5, 7))
    states = ("enabled", "slowed", "held", "disabled")
    assert [REGISTRY.get_sample_value("webhooks", {"state": each}) for each in states] == [3, 1, 4, 2]
    assert REGISTRY.get_sample_value("webhook_lag_seconds") == 75.5
    assert REGISTRY.get_sample_value("webhook_waiting") == 7
