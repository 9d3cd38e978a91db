"""How types declare where a field's value comes from; what declares nothing is the column named like it."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import wraps
from types import MappingProxyType
from typing import Any, get_args

from strawberry.types.info import Info

from db.nested import JsonColumns
from graph.execution.sources import Call, Dependence, Feed, InJson, Inline, Move, Nest, Read

Batch = Callable[..., Awaitable[Sequence[Any]]]
Reader = Callable[..., Awaitable[Any]]


def batched(
    *reads: str,
    nest: Nest | None = None,
    nestable: JsonColumns = MappingProxyType({}),
    in_json: InJson = None,
) -> Callable[[Batch], Callable[..., Awaitable[Any]]]:
    """Declare a relation: `async def relation(context, parents, columns=None, **arguments) -> list[Child]`.

    The answer has one entry for each parent, in their order; an entry that is an exception becomes that
    parent's error. `reads` are the columns of the parents that it needs. What comes back resolves the field of
    one parent through the request's loaders. `nest`, `nestable` and `in_json` are as Read has them.
    """

    def declare(batch: Batch) -> Callable[..., Awaitable[Any]]:
        @wraps(batch)
        async def resolve(root: object, info: Info, **arguments: object) -> Any:  # noqa: ANN401 - the relation's child
            context = info.context
            return await context.loaders.load(batch, context, root, arguments)

        [child] = get_args(inspect.signature(batch).return_annotation)
        is_batched = True
        read = Read(
            batch, reads, is_batched, takes_columns(batch), nest, nestable, in_json, *_dependence_of(batch)
        )
        return _declare_read(resolve, read, child)

    return declare


def single(reader: Reader) -> Callable[..., Awaitable[Any]]:
    """Declare a read that depends on no parent: `async def read(context, columns=None, **arguments) -> Child`."""

    @wraps(reader)
    async def resolve(root: object, info: Info, **arguments: object) -> Any:  # noqa: ANN401, ARG001 - the field's value; no parent is looked at
        return await reader(info.context, **arguments)

    return _declare_read(resolve, _single(reader), inspect.signature(reader).return_annotation)


def _single(reader: Reader) -> Read:
    tags, is_dear = _dependence_of(reader)
    return Read(reader, (), is_batched=False, takes_columns=takes_columns(reader), tags=tags, is_dear=is_dear)


def depends_on(tags: Dependence, *, is_dear: bool = False) -> Callable[[Reader], Reader]:
    """Declare what a read depends on, so that its answers may be kept; stands below `single` and `batched`.

    A relation that says nothing depends on its parents' rows alone, or on what belongs to them. What a read that
    has no parents depends on isn't known where it says nothing: no answer with it is kept.
    """

    def declare(reader: Reader) -> Reader:
        reader.dependence = (tags, is_dear)  # type: ignore[attr-defined]
        return reader

    return declare


def _dependence_of(reader: Reader) -> tuple[Dependence | None, bool]:
    return getattr(reader, "dependence", (None, False))


def moving(move: Move) -> Callable[[Reader], Callable[..., Awaitable[Any]]]:
    """Declare a read like `single` that takes place in another context where its argument for that is given.

    So does all that is read below it; the reader needn't look at the argument. `move` is as Read has it.
    """

    def declare(reader: Reader) -> Callable[..., Awaitable[Any]]:
        @wraps(reader)
        async def resolve(root: object, info: Info, **arguments: object) -> Any:  # noqa: ANN401, ARG001 - as above
            context = info.context
            if (given := arguments.get(move.argument)) is not None:
                context = context.moved[info.path.key] = await move.to(context, given)
            return await reader(context, **arguments)

        child = inspect.signature(reader).return_annotation
        read = replace(_single(reader), move=move)
        return _declare_read(resolve, read, child)

    return declare


def told(feed: Callable[..., Awaitable[Feed]]) -> Callable[..., Awaitable[Any]]:
    """Declare a field of Subscription: `async def feed(context, after=None, **arguments) -> Feed`.

    Each event that it tells is the field's value in an answer of its own; `after` is the cursor to go on from.
    """

    @wraps(feed)
    async def resolve(root: object, info: Info, **_: object) -> Any:  # noqa: ANN401, ARG001 - as above
        return info.context.event

    read = Read(event_of, (), is_batched=False, takes_columns=False, feed=feed)
    return _declare_read(resolve, read, Any, feed)


async def event_of(context: Any, **_: object) -> Any:  # noqa: ANN401 - this module stands below the context
    """The event that is answered."""
    return context.event


def inlined(form: str, *others: str, in_json: InJson = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare that a function's value is an expression, see Inline, which an executor may use in its place."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        function.source = Inline(form, others, in_json)  # type: ignore[attr-defined]
        return function

    return declare


def reads(*columns: str, in_json: InJson = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the columns of its parent that a function needs.

    An object of which relations are read below must be one that stands in the parent: the same each time.
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        takes_root = "root" in inspect.signature(function).parameters
        function.source = Call(function, columns, takes_root, in_json)  # type: ignore[attr-defined]
        return function

    return declare


def on_rows(function: Callable[..., Any], *columns: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what makes an edge's field from its row alone, and the columns of the row that it needs."""

    def declare(edge_function: Callable[..., Any]) -> Callable[..., Any]:
        edge_function.source = Call(function, columns)  # type: ignore[attr-defined]
        return edge_function

    return declare


def takes_columns(reader: Reader) -> bool:
    """Return whether a read says which columns it wants."""
    return "columns" in inspect.signature(reader).parameters


def _declare_read(
    resolve: Callable[..., Any], read: Read, child: object, reader: Reader | None = None
) -> Callable[..., Any]:
    """Give a resolver the signature that Strawberry reads a field's type and arguments from: its reader's."""
    own = {"context", "parents", "columns"}
    parameters = inspect.signature(reader or read.call).parameters.values()
    arguments = [parameter for parameter in parameters if parameter.name not in own]
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    reserved = [inspect.Parameter("root", positional), inspect.Parameter("info", positional, annotation=Info)]
    resolve.__signature__ = inspect.Signature([*reserved, *arguments], return_annotation=child)  # type: ignore[attr-defined]
    resolve.source = read  # type: ignore[attr-defined]
    return resolve
