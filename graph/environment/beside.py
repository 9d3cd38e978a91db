"""Settings of what is done beside requests: events for RabbitMQ, webhooks, and jobs."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, SecretStr

from graph.environment.declaration import setting
from graph.environment.forms import AmqpUrl, EventSource, Exchange, WebhookKeys


class Broker(BaseModel):
    """The RabbitMQ that changes are sent to as events; without AMQP_URL none are, and nothing waits for them."""

    amqp_url: AmqpUrl | None = setting(
        None,
        "A RabbitMQ, by its virtual host.",
        example="amqps://ariesone@queue.example/directory",
    )
    amqp_password: SecretStr | None = setting(
        None, "The password of AMQP_URL, of any characters as they are, where the URL has none."
    )
    amqp_exchange: Exchange = setting("ariesone.changes", "The topic exchange that events are published to.")
    amqp_source: EventSource = setting(
        "/ariesone",
        "The `source` of events, which tells one directory's from another's.",
        example="https://directory.example",
    )
    amqp_unroutable: Literal["hold", "pass"] = setting(
        "hold",
        "What becomes of an event that no queue is bound for: all wait for one (hold), or it is counted (pass).",
    )
    amqp_in_serve: bool = setting(
        default=True,
        description="Have `ariesone serve` send them too; else `ariesone deliver` alone does.",
    )


class Webhooks(BaseModel):
    """Webhooks, by which partners are sent what changes."""

    webhook_key: WebhookKeys | None = setting(
        None,
        "Encrypts the secrets of webhooks; with commas between, the first encrypts and each decrypts.",
        example="what `openssl rand -base64 32` prints",
    )
    webhooks_in_serve: bool = setting(
        default=True,
        description="Have `ariesone serve` send to webhooks too; else `ariesone deliver` alone does.",
    )


class Jobs(BaseModel):
    """What is done in the background for those who ask for it, such as exports."""

    files_dir: Path | None = setting(
        None,
        "Where the files of jobs lie for a week; unset, in DATA_DIR. Servers on several machines need one folder.",
        example="/srv/ariesone/files",
    )
    jobs_in_serve: bool = setting(
        default=True,
        description="Have `ariesone serve` do jobs too, in a process beside it; else `ariesone work` alone does.",
    )
