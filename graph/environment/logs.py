"""The settings of logs: which lines there are, their form, and where they go."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from graph.environment.declaration import seconds, setting
from graph.environment.forms import Secret


class Logs(BaseModel):
    """Logs, on standard error, and in a file if one is named."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "INFO", "The least severe lines to log: DEBUG, INFO, WARNING, ERROR."
    )
    log_format: Literal["auto", "ecs", "text"] = setting(
        "auto", "Their format: ecs is JSON, text is for people; auto is text on a terminal, else ecs."
    )
    log_file: Path | None = setting(
        None,
        "A file for the same lines; several processes may write to it. Its folder must be there.",
        example="/var/log/ariesone/ariesone.log",
    )
    log_file_bytes: int = setting(
        20 * 1024 * 1024,
        "How large it becomes before it is renamed to LOG_FILE.1, and a new one begun.",
        unit="bytes",
        ge=1024,
        le=2**40,
    )
    log_file_count: int = setting(5, "How many renamed ones are kept.", unit="files", ge=1, le=1000)
    slow_operation: float = seconds(
        1.0,
        "Seconds from which an operation is logged by itself, with its plan and statements; 0 logs none.",
        ge=0,
    )
    log_key: Secret | None = setting(
        None,
        "A secret (32 bytes or more) that viewers' pseudonyms in the log are made with; unset, TOKEN_SECRET.",
        example="what `openssl rand -base64 48` prints",
    )
