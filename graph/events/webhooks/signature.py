"""Signs messages as Standard Webhooks has it: https://github.com/standard-webhooks/standard-webhooks."""

import hmac
from base64 import b64encode
from collections.abc import Sequence


def sign(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header webhook-signature: one signature for each secret, of which a receiver needs to know one."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{b64encode(hmac.digest(each, content, 'sha256')).decode()}" for each in secrets)
