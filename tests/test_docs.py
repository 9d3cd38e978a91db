"""The documentation names everything that a person can set, run or meet."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from graph import errors
from graph.__main__ import commands
from graph.commands import setting_files
from graph.environment.groups import GROUPS
from graph.errors import ClientError
from graph.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {name.upper(): field for name, field in Settings.model_fields.items()}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def subclasses(cls: type[ClientError]) -> list[type[ClientError]]:
    return [each for child in cls.__subclasses__() for each in (child, *subclasses(child))]


CODES = {cls.code for cls in subclasses(ClientError) if hasattr(cls, "code")} | {
    errors.PARSE_FAILED,
    errors.VALIDATION_FAILED,
    errors.INTERNAL_SERVER_ERROR,
}


def command_paths(command: object, before: tuple[str, ...] = ()) -> list[str]:
    inner = getattr(command, "commands", None)
    if not inner:
        return [" ".join(before)]
    return [path for name, each in inner.items() for path in command_paths(each, (*before, name))]


def test_what_is_written_from_the_settings_is_as_it_would_be_written() -> None:
    page = text_of("docs/settings.md")
    assert page == setting_files.page(page), "run `make settings`"
    assert text_of(".env.example") == setting_files.example(), "run `make settings`"
    compose = text_of("docker-compose.yml")
    assert compose == setting_files.compose(compose), "run `make settings`"


def test_every_setting_is_in_a_group_and_has_a_row_with_its_sentence() -> None:
    assert {name for group in GROUPS for name in setting_files.fields_of(group)} == set(SETTINGS)
    page = text_of("docs/settings.md")
    for name, field in SETTINGS.items():
        assert re.search(rf"^\| `{name}` \| .* \| {re.escape(field.description or '')}", page, re.MULTILINE), name


def test_a_copy_of_the_example_changes_nothing(tmp_path: Path) -> None:
    assert Settings(_env_file=ROOT / ".env.example") == Settings(_env_file=None)
    lines = dict(re.findall(r"^#([A-Z_]+)=(.*)$", text_of(".env.example"), re.MULTILINE))
    assert [lines.pop(name) for name in ("POSTGRES_PASSWORD", "FILES", "PACKAGES")] == ["", "./files", "serve"]
    assert set(lines) == set(SETTINGS)
    # Without the `#`, what has a default says it.
    defaults = {name: value for name, value in lines.items() if SETTINGS[name].default not in {None, ""}}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in defaults.items()))
    assert Settings(_env_file=tmp_path / ".env") == Settings(_env_file=None)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_error_code_has_its_section(code: str) -> None:
    assert f"\n## {code}\n" in text_of("docs/troubleshooting.md")


@pytest.mark.parametrize("path", command_paths(get_command(commands)))
def test_every_command_is_documented(path: str) -> None:
    assert f"`ariesone {path}" in text_of("docs/commands.md")


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    drawing = errors.__doc__ or ""
    for cls in subclasses(ClientError):
        assert cls.__name__ in drawing


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_files_that_the_architecture_page_names_are_there() -> None:
    named = set(re.findall(r"[\w/]+\.py", text_of("docs/architecture.md")))
    assert len(named) > 20
    folders = (
        ROOT,
        *(
            ROOT / "graph" / room
            for room in (
                "http",
                "events",
                "events/webhooks",
                "execution",
                "mutations",
                "environment",
                "site/reference",
            )
        ),
    )
    assert {name for name in named if not any((folder / name).is_file() for folder in folders)} == set()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_the_doors_that_the_first_pages_name_are_there(page: str) -> None:
    doors = re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE)
    named = set(re.findall(r"\bmake ([a-z-]+)`", text_of(page)))
    assert named
    assert named <= set(doors)


def test_the_settings_that_keep_a_server_safe_are_there() -> None:
    named = set(re.findall(r"`([A-Z_]+)[`=]", text_of("SECURITY.md")))
    assert len(named) > 3
    assert named <= set(SETTINGS)
