"""REDIS_URL as people have it: the driver takes what is made of it, or one sentence says why not."""

from typing import Any

import pytest
from redis.asyncio import Redis

from db.urls import UrlError
from graph.environment.redis_url import read_redis_url


def connection_of(url: str) -> Any:
    """A connection as the driver makes it, not yet open."""
    return Redis.from_url(url).connection_pool.make_connection()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("redis://h", "redis://h"),
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("redis://h?db=3", "redis://h/3"),
        ("rediss://:p@h:6380/1", "rediss://:p@h:6380/1"),
        ("valkey://h:6379", "redis://h:6379"),
        ("valkeys://h", "rediss://h"),
        ("redis://:p@ss/w#x@h/0", "redis://:p%40ss%2Fw%23x@h/0"),
        ("redis://[::1]:6379/2", "redis://[::1]:6379/2"),
        ("unix:///run/valkey.sock?db=1", "unix:///run/valkey.sock?db=1"),
        ("unix://u:p@/run/a%20b.sock", "unix://u:p@/run/a%20b.sock"),
        ("redis://h/0?username=u&password=p", "redis://u:p@h/0"),
        (
            "redis://h?socket_timeout=0.5&health_check_interval=30",
            "redis://h?socket_timeout=0.5&health_check_interval=30",
        ),
    ],
)
def test_a_url_is_read_and_the_driver_takes_it(url: str, read: str) -> None:
    assert read_redis_url(url) == read
    connection_of(read)


@pytest.mark.parametrize("value", ["none", "CERT_NONE", "None"])
def test_tls_without_a_look_at_the_certificate(value: str) -> None:
    read = read_redis_url(f"rediss://h:6380/0?ssl_cert_reqs={value}")
    context = connection_of(read).ssl_context.get()
    assert (context.verify_mode, context.check_hostname) == (0, False)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://:sesame@h", "it must start with redis://, rediss:// or unix://"),
        ("redis+sentinel://:sesame@h/0", "it must start with redis://, rediss:// or unix://"),
        ("redis://:sesame@h:abc/0", "its port is no number from 1 to 65535"),
        ("redis://:sesame@h/first", "its database must be a number, as in redis://host:6379/0"),
        ("redis://h/0?foo=sesame", "its 'foo' isn't known here; leave it out"),
        ("redis://h/0?ssl_cert_reqs=none", "its ssl_cert_reqs needs TLS; begin it with rediss://"),
        ("rediss://h/0?ssl_cert_reqs=maybe", "its ssl_cert_reqs has a value that can't be right"),
        ("rediss://h/0?ssl_ca_certs=/nowhere", "its ssl_ca_certs names a file that isn't there"),
        ("rediss://h/0?ssl_keyfile=/", "its ssl_keyfile names a file that isn't there"),
        ("rediss://h/0?ssl_ca_path=/nowhere", "its ssl_ca_path names a folder that isn't there"),
        ("redis://h?max_connections=many", "its max_connections has a value that can't be right"),
        ("redis://h1:1,h2:2/0", "it names several hosts; one is what is taken"),
        ("unix://", "it names no socket; write it like unix:///run/valkey.sock"),
        ("unix://run/valkey.sock", "it names no socket; write it like unix:///run/valkey.sock"),
    ],
)
def test_what_a_url_asks_in_vain_is_told_without_its_password(url: str, told: str) -> None:
    with pytest.raises(UrlError) as raised:
        read_redis_url(url)
    assert str(raised.value) == told
    assert "sesame" not in str(raised.value)


def test_a_password_comes_beside_the_url() -> None:
    assert read_redis_url("redis://u@h/0", "a/b@c") == "redis://u:a%2Fb%40c@h/0"
