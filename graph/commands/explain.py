"""`ariesone explain`: the Python that an operation is compiled to, for a reader."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from graphql import GraphQLError
from graphql.execution.values import VariableValues
from rich.console import Console
from rich.syntax import Syntax

from graph.commands.servers import fail
from graph.errors import ClientError
from graph.execution.compile import Compiled, compiled
from graph.execution.operation import Documents, Operation, RequestErrors
from graph.execution.plan import NotCompilableError, Planner
from graph.guard import Guard
from graph.limits import Limits
from graph.schema import schema
from graph.viewer import ROLES

CORE = schema._schema  # noqa: SLF001 - graphql-core's schema under Strawberry's

File = Annotated[Path, typer.Argument(help="A document with one or more queries.", dir_okay=False)]
Variables = Annotated[str, typer.Option(help="Their variables as JSON: what @skip and @include depend on.")]
AsRole = Annotated[str | None, typer.Option("--role", help="Plan for who has this role; else for the anonymous.")]


def explain(file: File, variables: Variables = "{}", role: AsRole = None) -> None:
    """Print the Python that each query of a file is compiled to, and what is read at which level."""
    if not file.is_file():
        fail(f"{file} isn't there.")
    if role and role.upper() not in ROLES:
        fail(f"{role} is no role; there are {', '.join(sorted(ROLES)).lower()}.")
    given = object_in(variables)
    try:
        for operation in Documents(CORE, Limits()).operations(file.read_text(encoding="utf-8")):
            show(operation, explained(operation, given, frozenset({role.upper()} if role else ())))
    except RequestErrors as refused:
        fail("\n".join(told(error) for error in refused.errors))
    except (ClientError, GraphQLError, NotCompilableError) as error:
        fail(str(error))


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object in a text; ends the command where there is none."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        fail("--variables must be a JSON object.")
    return found


def explained(operation: Operation, variables: dict[str, Any], roles: frozenset[str]) -> Compiled:
    """Return an operation as it is compiled for some roles."""
    forbidden = operation.requirements.forbidden(roles, variables)
    plan = Planner(CORE, operation, VariableValues({}, variables), forbidden).plan()
    return compiled(plan, operation.name or "query")


def show(operation: Operation, compilation: Compiled) -> None:
    """Print one operation."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"# {operation.name or 'query'}", style="bold")
    for reading in compilation.plan.readings:
        columns = (
            ", ".join(map(str, reading.columns)) if reading.resolver.takes_columns else "what it always reads"
        )
        console.print(f"#   level {reading.level}: {reading.resolver.call.__name__}: {columns or 'no column'}")
    for field in compilation.plan.fields:
        if isinstance(field.resolver, Guard):
            needed = ", ".join(sorted(field.resolver.any_of))
            console.print(f"#   refused: {field.parent.name}.{field.key}, open to {needed}; see --role")
    if compilation.plan.is_refused:
        console.print("#   What is refused fails, so the answer is made field by field from what was read.")
    console.print(Syntax(compilation.source, "python", theme="ansi_dark", background_color="default"))


def told(error: GraphQLError) -> str:
    """Return an error with its place."""
    place = f" (line {error.locations[0].line})" if error.locations else ""
    return f"{error.message}{place}"
