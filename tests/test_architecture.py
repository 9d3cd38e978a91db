"""The rules of the house: who may import whom, and what stands in one place only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for package in ("graph", "db", "migrations") for path in (ROOT / package).rglob("*.py"))

# From the top down; a module imports from lower rungs, and within a rung without cycles.
LADDER = (
    ("graph.__main__", "migrations.env", "migrations.versions"),
    ("graph.commands",),
    ("graph.app",),
    ("graph.site",),
    ("graph.http", "graph.events"),
    ("graph.identity",),
    ("graph.sdl", "graph.access"),
    ("graph.schema",),
    ("graph.execution", "graph.limits"),
    ("graph.types",),
    ("graph.directives",),
    ("graph.context", "graph.cache"),
    ("graph.loaders",),
    ("graph.resolvers", "graph.guard"),
    ("graph.settings", "graph.errors", "graph.telemetry", "graph.viewer"),
    ("db.nppes", "db.embedded", "db.migrations"),
    ("db.companies", "db.locations", "db.changes", "db.outbox", "db.loads", "db.revision", "db.revocations"),
    ("db.filters", "db.pages", "db.nearby"),
    ("db.engine",),
    ("db.statement", "db.pool"),
    ("db.columns",),
    ("db.nested",),
    ("db.tables", "db.npi", "db.folding"),
)

TOP_LEVEL = {
    "graph", "db", "migrations", "tests", "schema.graphql", "pyproject.toml", "docker-compose.yml",
    "README.md", "CHANGELOG.md", "LICENSE", "Makefile", "Dockerfile", ".dockerignore", ".env.example",
    ".gitignore", ".ci", "docs", "bench", "deploy",
}  # fmt: skip

# What belongs to one place, by the name that is called or read there.
ONLY_IN = {
    "commit": {"db/engine.py"},
    "environ": {"graph/settings.py"},
    "getenv": {"graph/settings.py"},
    "BaseHTTPMiddleware": set(),
}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def rung(module: str) -> int:
    for number, prefixes in enumerate(LADDER):
        if any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes):
            return number
    raise AssertionError(f"{module} stands on no rung of the ladder")


MODULES = {name_of(path): path for path in SOURCES}


def imports_of(path: Path) -> Iterator[str]:
    """The project's own modules that a file imports."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in MODULES:
                    yield inner
                elif node.module in MODULES:
                    yield node.module


def is_package(module: str) -> bool:
    return MODULES[module].name == "__init__.py"


@pytest.mark.parametrize("module", [name for name in MODULES if not is_package(name)])
def test_a_module_imports_from_its_own_rung_or_lower_ones(module: str) -> None:
    for imported in imports_of(MODULES[module]):
        assert rung(imported) >= rung(module), f"{module} imports {imported}, which stands above it"


def test_no_import_goes_round_in_a_circle() -> None:
    graph = {name: set(imports_of(path)) for name, path in MODULES.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path, name))
        if name not in done:
            for imported in graph[name]:
                visit(imported, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_db_imports_nothing_from_graph() -> None:
    for module, path in MODULES.items():
        if module.startswith("db."):
            assert not [name for name in imports_of(path) if name.startswith("graph")], module


def test_statements_are_written_under_db_only() -> None:
    for path in (ROOT / "graph").rglob("*.py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom):
                assert node.module is None or not node.module.startswith("sqlalchemy"), path
            if isinstance(node, ast.Import):
                assert not any(alias.name.split(".")[0] == "sqlalchemy" for alias in node.names), path


@pytest.mark.parametrize("word", ONLY_IN)
def test_some_things_stand_in_one_place_only(word: str) -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if getattr(node, "attr", None) == word or getattr(node, "id", None) == word
    }
    assert users <= ONLY_IN[word]


def test_nothing_is_imported_inside_a_function() -> None:
    for path in SOURCES:
        for function in ast.walk(tree_of(path)):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inner = [node for node in ast.walk(function) if isinstance(node, (ast.Import, ast.ImportFrom))]
                assert not inner, f"{path}: {function.name}"


def test_uvicorn_is_touched_in_its_bridge_only_and_started_in_one_place() -> None:
    users: dict[str, set[str]] = {}
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "uvicorn":
                users.setdefault(str(path.relative_to(ROOT)), set()).add(node.module or "")
            if isinstance(node, ast.Import):
                found = {alias.name for alias in node.names if alias.name.split(".")[0] == "uvicorn"}
                if found:
                    users.setdefault(str(path.relative_to(ROOT)), set()).update(found)
    assert users.pop("graph/commands/listen.py") == {"uvicorn"}
    assert set(users) == {"graph/http/uvicorn.py"}


def test_one_file_puts_something_into_a_scope() -> None:
    """Under one key: see test_exchange.py."""
    writers = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and ast.unparse(node.value).split(".")[-1] == "scope"
        )
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in {"scope.setdefault", "scope.update"})
    }
    assert writers == {"graph/http/exchange.py"}


def test_refusals_are_written_in_one_file_and_errors_beside_data_in_another() -> None:
    writers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "graph").rglob("*.py")
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Dict) and "errors" in {getattr(key, "value", None) for key in node.keys})
        or (isinstance(node, ast.Constant) and '"errors"' in str(node.value))
    }
    assert writers == {"graph/http/refusal.py", "graph/http/results.py"}


def test_modules_are_named_after_what_they_own() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core"}
    assert not [name for name in MODULES if set(name.split(".")) & vague]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_in_one_sentence_what_it_owns(module: str) -> None:
    first = (ast.get_docstring(tree_of(MODULES[module])) or "").split("\n\n")[0]
    assert first.endswith((".", ";")) or "\n" in first, f"{module} opens with no sentence"
    assert first, f"{module} opens with no sentence"


@pytest.mark.parametrize("module", MODULES)
def test_a_file_stays_under_400_lines(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= 400


def test_the_top_level_holds_what_the_design_names() -> None:
    ignored = {
        ".git",
        ".venv",
        ".ariesone",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
        ".env",
    }
    found = {path.name for path in ROOT.iterdir()} - ignored
    assert not {name for name in found - TOP_LEVEL if not name.endswith(".egg-info")}
