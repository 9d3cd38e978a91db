"""The rules of the house: who may import whom, and what stands in one place only."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from graph.execution import sources

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for package in ("graph", "db", "migrations") for path in (ROOT / package).rglob("*.py"))

# From the top down; a module imports from lower rungs, and within a rung without cycles.
LADDER = (
    ("graph.__main__", "migrations.env", "migrations.versions"),
    ("graph.commands",),
    ("graph.doctor",),
    ("graph.app",),
    ("graph.parts",),
    ("graph.site",),
    ("graph.http", "graph.events", "graph.jobs"),
    ("graph.identity",),
    ("graph.sdl", "graph.roles.matrix", "graph.compatibility", "graph.schema_changes", "graph.examples"),
    ("graph.schema",),
    ("graph.execution",),
    ("graph.mutations",),
    ("graph.rosters",),
    ("graph.types",),
    ("graph.roles.enforcement", "graph.roles.views"),
    ("graph.execution.flat",),
    (
        "graph.execution.tree",
        "graph.execution.arguments",
        "graph.execution.inputs",
        "graph.execution.uses",
        "graph.roles.needs",
    ),
    ("graph.execution.facts",),
    ("graph.execution.literals", "graph.execution.deprecations", "graph.directives"),
    ("graph.context", "graph.cache", "graph.upkeep", "graph.webhook_checker"),
    ("graph.loaders",),
    ("graph.resolvers",),
    ("graph.execution.sources", "graph.roles.guards", "graph.roles.directive"),
    ("graph.roles.guard",),
    (
        "graph.settings",
        "graph.errors",
        "graph.telemetry",
        "graph.vault",
        "graph.files",
        "graph.unpacked",
        "graph.links",
        "graph.background",
        "graph.deprecation",
        "graph.recorded_usage",
        "graph.use",
    ),
    ("graph.environment", "graph.condition"),
    ("graph.identity.viewer",),
    ("db.nppes", "db.edits", "db.embedded", "db.migrations"),
    ("db.watch_lists", "db.watched_changes", "db.verification"),
    ("db.watch_filters", "db.relevance"),
    (
        "db.companies",
        "db.locations",
        "db.changes",
        "db.deliveries",
        "db.idempotency",
        "db.jobs",
        "db.job_parts",
        "db.licenses",
        "db.loads",
        "db.owned",
        "db.oversight",
        "db.retention",
        "db.replica",
        "db.revision",
        "db.revocations",
        "db.spelling",
        "db.states",
        "db.tail",
        "db.taxonomies",
        "db.uploads",
        "db.usage",
        "db.webhooks",
        "db.webhook_disabling",
        "db.webhook_oversight",
        "db.webhook_sending",
        "db.webhook_skipping",
    ),
    (
        "db.touches",
        "db.listings",
        "db.sought",
        "db.finding",
        "db.nearest",
        "db.facet_counts",
        "db.search",
        "db.prefixes",
    ),
    ("db.filters", "db.matching", "db.pages", "db.nearby"),
    ("db.engine", "db.rows", "db.past", "db.joined"),
    ("db.silence", "db.snapshot", "db.transaction", "db.session", "db.plans", "db.reads", "db.failures"),
    ("db.comments", "db.columns", "db.location_columns", "db.pool", "db.pipeline", "db.lookups", "db.address"),
    (
        "db.shortage",
        "db.nested",
        "db.statement",
        "db.facets",
        "db.content",
        "db.boxes",
        "db.months",
        "db.numbers",
        "db.lag",
    ),
    (
        "db.tables",
        "db.load_tables",
        "db.viewer_tables",
        "db.delivery_tables",
        "db.webhook_tables",
        "db.usage_tables",
        "db.npi",
        "db.folding",
        "db.tally",
        "db.urls",
    ),
    ("db.column_types",),
)

TOP_LEVEL = {
    "graph", "db", "migrations", "tests", "schema.graphql", "pyproject.toml", "docker-compose.yml",
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "Makefile", "Dockerfile",
    ".dockerignore", ".env.example", ".gitignore", ".ci", "docs", "bench", "deploy", "requirements",
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


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def rung(module: str) -> int:
    """The number of the rung whose prefix says most of a module."""
    found = {
        prefix: number
        for number, prefixes in enumerate(LADDER)
        for prefix in prefixes
        if module == prefix or module.startswith(prefix + ".")
    }
    assert found, f"{module} stands on no rung of the ladder"
    return found[max(found, key=len)]


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


# The inside of other people's code, and the one file of ours that may know it; a test beside it fails by name when
# the inside changes (tests/graph/execution/test_facts.py).
BRIDGES = {
    "strawberry.schema.schema_converter": {"graph.execution.facts"},
    "strawberry.types.arguments": set(),
    "graphql.validation.rules": {"graph.execution.facts"},
    "graphql.execution": {"graph.execution.oracle"},
    "graphql.pyutils": {"graph.execution.oracle"},
    "graphql.language": set(),
    "graphql.utilities": set(),
    "graphql.type": set(),
}


@pytest.mark.parametrize("inside", BRIDGES)
def test_the_inside_of_a_library_is_known_to_its_bridge_alone(inside: str) -> None:
    users = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{inside}.")
    }
    assert users == BRIDGES[inside]


def test_what_strawberry_leaves_on_a_schema_is_read_by_the_facts_alone() -> None:
    users = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Constant) and node.value == "strawberry-definition")
        or (isinstance(node, ast.Attribute) and node.attr in {"_schema", "DEFINITION_BACKREF", "base_resolver"})
    }
    # Those two call a schema of theirs `_schema`.
    assert users - {"graph.roles.guards", "graph.roles.views", "graph.execution.oracle"} == {
        "graph.execution.facts"
    }


def test_nodes_of_a_document_are_never_told_apart_by_identity() -> None:
    # Rows, errors and lists of one request are.
    asked = {"parent", "root", "cause", "error", "slice_", "slice_.listing", "_cause(error)"}
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "id":
                assert {ast.unparse(argument) for argument in node.args} <= asked, path


def test_a_document_is_walked_in_one_file_alone() -> None:
    walkers = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and node.attr in {"selection_set", "selections", "type_condition"}
        # A tree has selections of its own, by type.
        and not (
            node.attr == "selections"
            and ast.unparse(node.value) in {"field", "found", "each", "one[key]", "other[key]"}
        )
    }
    assert walkers - {"graph.execution.bounds"} == {"graph.execution.walk"}


def matches_of(path: Path) -> Iterator[ast.Match]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Match))


SOURCE_KINDS = {each.__name__ for each in get_args(sources.Source)}


def test_what_differs_between_sources_is_decided_by_match_and_for_all_of_their_kinds() -> None:
    for path in (ROOT / "graph" / "execution").glob("*.py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "isinstance":
                kinds = {each.id for each in ast.walk(node.args[1]) if isinstance(each, ast.Name)} & SOURCE_KINDS
                assert len(kinds) <= 1, f"{path.name}: {ast.unparse(node)}"
        for match in matches_of(path):
            named = {
                each.id for case in match.cases for each in ast.walk(case.pattern) if isinstance(each, ast.Name)
            }
            if len(named & SOURCE_KINDS) > 1:
                last = ast.unparse(match.cases[-1])
                assert "assert_never" in last, f"{path.name}: {ast.unparse(match.subject)}"


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
    assert set(users) == {f"graph/http/{name}.py" for name in ("uvicorn", "cycle", "flow", "frames")}


def test_one_file_puts_something_into_a_scope() -> None:
    """Under one key: see test_exchange.py. What ASGI has in a scope anyway is no addition."""
    theirs = {"method", "http_version", "path", "raw_path", "query_string"}
    writers = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and ast.unparse(node.value).split(".")[-1] == "scope"
            and not (isinstance(node.slice, ast.Constant) and node.slice.value in theirs)
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
