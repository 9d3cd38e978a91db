"""How a field gets its value, said once for every executor: a read, an expression, or a call.

A field without a resolver is the column (or key) of its parent that is named like it.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from types import MappingProxyType
from typing import Any, get_args

from strawberry.types.info import Info

from db.nested import JsonColumns, Nested

Batch = Callable[..., Awaitable[Sequence[Any]]]
Reader = Callable[..., Awaitable[Any]]

# What a nested object of a field's rows is in JSON (see db/nested.py), where it is no column: the object itself,
# or a list of all rows.
SELF, ROWS = "self", "rows"

# Makes of a shape and a field's arguments the column that holds what the field reads; None where none does.
Nest = Callable[..., Nested | None]

# What an inlined expression may name: {root} is the parent; {owner} is what the list came from that the parent
# stands in; any other name is a column of the parent.
ROOT, OWNER = "root", "owner"
_NAMES = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Read:
    """A field that the database is asked for: once for all parents, or where it has none in particular, once.

    `reads` are columns of the parents that it needs; one that takes columns reads no others of its own rows.
    `nest` may give a column of the parents' rows in place of a read, where nothing is asked for but `nestable`.
    """

    call: Reader
    reads: tuple[str, ...]
    is_batched: bool
    takes_columns: bool
    nest: Nest | None = None
    nestable: JsonColumns = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Expression:
    """A field whose value is a Python expression over its parent."""

    form: str
    # Columns that it needs besides those that it names.
    others: tuple[str, ...] = ()
    # The column that is the same in JSON, or SELF, or ROWS.
    json: str | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the columns of the parent that it needs."""
        return (*(name for name in _NAMES.findall(self.form) if name not in {ROOT, OWNER}), *self.others)

    def written(self, root: str, owner: str, column: Callable[[str], str]) -> str:
        """Return the expression over a parent, its owner and its columns, each an expression itself."""
        return _NAMES.sub(lambda name: {ROOT: root, OWNER: owner}.get(name[1]) or column(name[1]), self.form)


@dataclass(frozen=True, slots=True)
class Call:
    """A field whose value a function makes from its parent, and from columns that it names."""

    function: Callable[..., Any]
    reads: tuple[str, ...]
    takes_root: bool = True
    # The column that is the same in JSON.
    json: str | None = None


Resolver = Read | Expression | Call


def batched(
    *reads: str, nest: Nest | None = None, nestable: JsonColumns = MappingProxyType({})
) -> Callable[[Batch], Callable[..., Awaitable[Any]]]:
    """Declare a relation: `async def relation(context, parents, columns=None, **arguments) -> list[Child]`.

    The answer has one entry for each parent, in their order; an entry that is an exception becomes that
    parent's error. `reads` are the columns of the parents that it needs. What comes back resolves the field of
    one parent through the request's loaders. `nest` and `nestable` are as Read has them.
    """

    def declare(batch: Batch) -> Callable[..., Awaitable[Any]]:
        @wraps(batch)
        async def resolve(root: object, info: Info, **arguments: object) -> Any:  # noqa: ANN401 - the relation's child
            context = info.context
            return await context.loaders.load(batch, context, root, arguments)

        [child] = get_args(inspect.signature(batch).return_annotation)
        read = Read(batch, reads, True, _takes_columns(batch), nest, nestable)  # noqa: FBT003 - is_batched
        return _declared(resolve, read, child)

    return declare


def single(reader: Reader) -> Callable[..., Awaitable[Any]]:
    """Declare a read that depends on no parent: `async def read(context, columns=None, **arguments) -> Child`."""

    @wraps(reader)
    async def resolve(root: object, info: Info, **arguments: object) -> Any:  # noqa: ANN401, ARG001 - the field's value; no parent is looked at
        return await reader(info.context, **arguments)

    child = inspect.signature(reader).return_annotation
    return _declared(resolve, Read(reader, (), is_batched=False, takes_columns=_takes_columns(reader)), child)


def inlined(
    form: str, *others: str, json: str | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare that a function's value is an expression, see Expression, which an executor may use in its place."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        function.resolver = Expression(form, others, json)  # type: ignore[attr-defined]
        return function

    return declare


def reads(*columns: str, json: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the columns of its parent that a function needs."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        takes_root = "root" in inspect.signature(function).parameters
        function.resolver = Call(function, columns, takes_root, json)  # type: ignore[attr-defined]
        return function

    return declare


def on_rows(function: Callable[..., Any], *columns: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what makes an edge's field from its row alone, and the columns of the row that it needs."""

    def declare(edge_function: Callable[..., Any]) -> Callable[..., Any]:
        edge_function.resolver = Call(function, columns)  # type: ignore[attr-defined]
        return edge_function

    return declare


def _takes_columns(reader: Reader) -> bool:
    return "columns" in inspect.signature(reader).parameters


def _declared(resolve: Callable[..., Any], read: Read, child: object) -> Callable[..., Any]:
    """Give a resolver the signature that Strawberry reads a field's type and arguments from."""
    own = {"context", "parents", "columns"}
    parameters = inspect.signature(read.call).parameters.values()
    arguments = [parameter for parameter in parameters if parameter.name not in own]
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    reserved = [inspect.Parameter("root", positional), inspect.Parameter("info", positional, annotation=Info)]
    resolve.__signature__ = inspect.Signature([*reserved, *arguments], return_annotation=child)  # type: ignore[attr-defined]
    resolve.resolver = read  # type: ignore[attr-defined]
    return resolve
