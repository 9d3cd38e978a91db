"""`ariesone settings`: what holds here, and never a secret."""

import subprocess
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_every_setting_is_shown_and_no_secret(command: Command, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAX_DEPTH=7\n")
    url = "postgresql://reader:sesame@db.example/x"
    registry = "https://reader:open/sesame@npm.example/"
    done = command(
        "settings", PORT="9000", DATABASE_URL=url, TOKEN_SECRET="open sesame." * 4, NPM_REGISTRY=registry
    )
    assert done.returncode == 0, done.stderr
    lines = {words[0]: words[1:] for words in map(str.split, done.stdout.splitlines()) if words}
    assert lines["PORT"] == ["9000", "set"]
    assert lines["MAX_DEPTH"] == ["7", "set"]
    assert lines["HOST"] == ["127.0.0.1"]
    assert lines["GRAPHIQL"] == ["false", "set"]
    assert lines["DATABASE_URL"][-1] == "set"
    assert lines["NPM_REGISTRY"] == ["https://...@npm.example/", "set"]
    assert "sesame" not in done.stdout
    assert list(lines)[:4] == ["HOST", "PORT", "WORKERS", "ENVIRONMENT"]


def test_files_are_written_in_a_checkout_only(command: Command) -> None:
    done = command("settings", "export")
    assert done.returncode == 1
    assert "checkout" in done.stderr
