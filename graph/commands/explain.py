"""`ariesone explain`: the Python that an operation is compiled to, for a reader."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from graphql import GraphQLError
from rich.console import Console
from rich.syntax import Syntax

from graph.commands.servers import fail
from graph.errors import ClientError
from graph.execution.bounds import Limits
from graph.execution.compile import Compiled, InterpretedError
from graph.execution.document import Documents, Operation, RequestErrors
from graph.execution.explain import readings_of
from graph.execution.facts import facts_of
from graph.execution.forms import Forms
from graph.execution.plan import ForeignError, fields_in
from graph.execution.sources import Refused
from graph.identity.viewer import ROLES
from graph.schema import core_schema
from graph.types.paging import SIZES

FACTS = facts_of(core_schema)

File = Annotated[Path, typer.Argument(help="A document with one or more operations.", dir_okay=False)]
Variables = Annotated[str, typer.Option(help="Their variables as JSON: what @skip and @include depend on.")]
AsRole = Annotated[str | None, typer.Option("--role", help="Plan for who has this role; else for the anonymous.")]


def explain(file: File, variables: Variables = "{}", role: AsRole = None) -> None:
    """Print the Python that each operation of a file is compiled to, and what is read at which level."""
    given, roles = object_in(variables), roles_of(role)
    with telling_refusals():
        for operation in operations_in(file):
            for compiled in compile_for(operation, given, roles):
                show(operation, compiled)


@contextmanager
def telling_refusals() -> Iterator[None]:
    """End the command with one clear error where an operation is refused."""
    try:
        yield
    except RequestErrors as refused:
        fail("\n".join(told(error) for error in refused.errors))
    except (ClientError, GraphQLError, ForeignError, InterpretedError) as error:
        fail(str(error))


def operations_in(file: Path) -> Sequence[Operation]:
    """Return the operations in a file, which must be there; raises what they are refused for."""
    if not file.is_file():
        fail(f"{file} isn't there.")
    return Documents(FACTS, Limits()).operations(file.read_text(encoding="utf-8"))


def roles_of(role: str | None) -> frozenset[str]:
    """Return the roles to plan for; ends the command where it is no role."""
    if role and role.upper() not in ROLES:
        fail(f"{role} is no role; there are {', '.join(sorted(ROLES)).lower()}.")
    return frozenset({role.upper()} if role else ())


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object in a text; ends the command where there is none."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        fail("--variables must be a JSON object.")
    return found


def compile_for(operation: Operation, variables: dict[str, Any], roles: frozenset[str]) -> Sequence[Compiled]:
    """Return an operation's parts as compiled for some roles; variables that aren't given count as given."""
    values = {**dict.fromkeys(operation.nullables, 1), **variables}
    return Forms(FACTS, 1, SIZES).compile(operation, values, operation.needs.refused(roles, variables))


def show(operation: Operation, compiled: Compiled) -> None:
    """Print one operation, or one field of a mutation."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"# {operation.name or operation.kind.value}", style="bold")
    for line in readings_of(compiled.plan):
        console.print(f"#   {line}")
    for field in fields_in(compiled.plan.root):
        if isinstance(field.source, Refused):
            needed = ", ".join(sorted(field.source.guard.any_of))
            console.print(f"#   refused: {field.fact.coordinate}, open to {needed}; see --role")
    if compiled.plan.is_refused:
        console.print("#   What is refused fails, so the answer is made field by field from what was read.")
    console.print(Syntax(compiled.source, "python", theme="ansi_dark", background_color="default"))


def told(error: GraphQLError) -> str:
    """Return an error with its place."""
    place = f" (line {error.locations[0].line})" if error.locations else ""
    return f"{error.message}{place}"
