"""AMQP_URL as people have it: the driver takes what is made of it, or one sentence says why not."""

from pathlib import Path

import pytest
from aiormq.connection import Connection

from db.urls import UrlError
from graph.environment.amqp_url import read_amqp_url


@pytest.mark.parametrize(
    ("url", "read", "vhost"),
    [
        ("amqp://h", "amqp://h", "/"),
        ("AMQP://u:p@h:5673/", "amqp://u:p@h:5673", "/"),
        ("amqps://u:p@h/%2F", "amqps://u:p@h/%2F", "/"),
        ("amqp://u:a@b/c@h/directory", "amqp://u:a%40b%2Fc@h/directory", "directory"),
        ("amqp://[::1]:5672/directory?heartbeat=30", "amqp://[::1]:5672/directory?heartbeat=30", "directory"),
    ],
)
async def test_what_the_driver_takes(url: str, read: str, vhost: str) -> None:
    assert read_amqp_url(url) == read
    assert Connection(read).vhost == vhost


def test_a_password_that_is_given_apart() -> None:
    assert read_amqp_url("amqp://u@h/d", "a/b@c%") == "amqp://u:a%2Fb%40c%25@h/d"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://h", "it must start with amqp:// or amqps://"),
        ("amqp://", "it names no host; write it like amqp://user@host/vhost"),
        ("amqp://a,b", "it names several hosts; one is what is taken, such as a load balancer's"),
        ("amqp://h:99999", "its port is no number from 1 to 65535"),
        ("amqp://h?foo=sesame", "its 'foo' isn't known here; leave it out"),
        ("amqp://h?heartbeat=0", "its heartbeat has a value that can't be right"),
        ("amqp://h?cafile=a", "its cafile needs TLS; begin it with amqps://"),
        ("amqps://h?cafile=/nowhere", "its cafile names a file that isn't there"),
    ],
)
def test_what_cannot_be_right(url: str, why: str) -> None:
    with pytest.raises(UrlError) as raised:
        read_amqp_url(url)
    assert str(raised.value) == why


def test_a_file_of_certificates(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    url = f"amqps://h?cafile={str(tmp_path / 'ca.pem').replace('/', '%2F')}"
    assert read_amqp_url(url) == url
