import stat
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from redis.asyncio import Redis

from db.embedded import valkey as module
from db.embedded.errors import EmbeddedError
from db.embedded.valkey import valkey

pytestmark = pytest.mark.skipif(module.find_program() is None, reason="no Valkey wheel for this platform")


def mode_of(url: str) -> int:
    """Who may use the socket, which isn't in the data directory where that has a long name."""
    return stat.S_IMODE(Path(unquote(url.removeprefix("unix://"))).stat().st_mode)


async def test_it_answers_on_a_private_socket_and_forgets_with_its_owner(
    tmp_path: Path, await_silence: Callable[[Path], None]
) -> None:
    for _ in range(2):
        with valkey(tmp_path) as url:
            assert url is not None
            async with Redis.from_url(url) as redis:
                assert await redis.get("kept") is None
                await redis.set("kept", "7")
                assert (await redis.config_get("maxmemory"))["maxmemory"] == str(64 * 1024 * 1024)
            assert mode_of(url) == 0o700
    await_silence(tmp_path)


async def test_a_command_uses_the_live_one_and_a_second_serve_is_refused(tmp_path: Path) -> None:
    with valkey(tmp_path) as first:
        with valkey(tmp_path, transient=True) as second:
            assert second == first
        with pytest.raises(EmbeddedError, match="already serves"), valkey(tmp_path):
            pass
