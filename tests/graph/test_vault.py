"""Secrets are sealed by the first key, opened by each, and kept from whoever has the database alone."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graph.vault import FILE, LostKeyError, Vault, key_in

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (251, 2))


def test_a_key_is_replaced_by_another() -> None:
    sealed = Vault(OLD).seal(b"secret")
    assert b"secret" not in sealed
    both = Vault(f"{NEW}, {OLD}")
    assert both.open(sealed) == b"secret"
    assert Vault(NEW).open(both.seal(b"secret")) == b"secret"
    for keys, lost in ((NEW, sealed), (OLD, both.seal(b"secret")), (OLD, sealed[:-1])):
        with pytest.raises(LostKeyError):
            Vault(keys).open(lost)


def test_a_key_is_read_in_either_alphabet_and_without_padding() -> None:
    url_safe = OLD.replace("+", "-").replace("/", "_").rstrip("=")
    assert url_safe != OLD
    assert Vault(url_safe).open(Vault(OLD).seal(b"secret")) == b"secret"


def test_a_folder_has_one_key_whoever_asks_first(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ThreadPoolExecutor(8) as pool:
        [key] = set(pool.map(key_in, [folder] * 8))
    Vault(key)
    assert [each.name for each in folder.iterdir()] == [FILE]
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert key_in(tmp_path) != key
