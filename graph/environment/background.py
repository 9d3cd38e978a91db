"""Settings of what is done in the background: events for RabbitMQ, webhooks, and jobs."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, SecretStr

from graph.environment.declaration import setting
from graph.environment.forms import AmqpUrl, EventSource, Exchange, WebhookKeys


class Broker(BaseModel):
    """The RabbitMQ to which changes are sent as events; without AMQP_URL none are sent, and none wait."""

    amqp_url: AmqpUrl | None = setting(
        None,
        "The RabbitMQ, with its virtual host.",
        example="amqps://ariesone@queue.example/directory",
    )
    amqp_password: SecretStr | None = setting(
        None, "The password of AMQP_URL, unless the URL has one; not percent-encoded."
    )
    amqp_exchange: Exchange = setting("ariesone.changes", "The topic exchange that events are published to.")
    amqp_source: EventSource = setting(
        "/ariesone",
        "The `source` of events, different for each directory.",
        example="https://directory.example",
    )
    amqp_unroutable: Literal["hold", "pass"] = setting(
        "hold",
        "If no queue is bound for an event, all events wait for one (hold), or it is counted and skipped (pass).",
    )
    amqp_in_serve: bool = setting(
        default=True,
        description="Have `ariesone serve` send them too; otherwise only `ariesone deliver` does.",
    )


class Webhooks(BaseModel):
    """Webhooks, which send changes to partners."""

    webhook_key: WebhookKeys | None = setting(
        None,
        "The key that encrypts the secrets of webhooks; of several, the first encrypts and all decrypt.",
        example="what `openssl rand -base64 32` prints",
    )
    webhooks_in_serve: bool = setting(
        default=True,
        description="Have `ariesone serve` send to webhooks too; otherwise only `ariesone deliver` does.",
    )


class Jobs(BaseModel):
    """Jobs, such as exports, which are done in the background."""

    files_dir: Path | None = setting(
        None,
        "The folder of jobs' files; in DATA_DIR if unset. Servers on several machines have to share one.",
        example="/srv/ariesone/files",
    )
    max_upload_bytes: int = setting(
        256 * 1024 * 1024, "The longest file that may be sent for a job, in bytes as it is sent.", unit="bytes",
        ge=1024, le=2**40,
    )  # fmt: skip
    max_unpacked_bytes: int = setting(
        1024 * 1024 * 1024, "What such a file may unpack to if gzip is round it.", unit="bytes", ge=1024, le=2**40
    )
    jobs_in_serve: bool = setting(
        default=True,
        description="Have `ariesone serve` do jobs too, in a child process; otherwise only `ariesone work` does.",
    )
