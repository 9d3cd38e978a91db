"""Runs a plan exactly: its reads level by level, then the answer field by field.

First sights of an operation, and all in which something is refused, fails, or is null that may not be.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, assert_never

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLOutputType,
    Source,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from graph.context import Context
from graph.execution.arguments import Values
from graph.execution.plan import Field, Plan, Reading, Shape, fields_in
from graph.execution.reads import Outcomes, many, once, raise_failure, together
from graph.execution.sources import Call, Column, Inline, Json, Move, Read, Refused, TypeName

Path = tuple[str | int, ...]

# The arguments of functions that an answer is made with, by the number of the field.
Bindings = Mapping[int, Mapping[str, Any]]


async def gather(plan: Plan, context: Context, values: Values, sizes: range) -> Outcomes:
    """Return what each read of a plan gave; raises UnboundError or ReadByLevelError before anything is read."""
    return await _Gathering(plan, context, values, sizes).gather()


def complete(plan: Plan, outcomes: Outcomes, values: Values, source: Source) -> ExecutionResult:
    """Return the data and errors of an operation whose reads have been done."""
    completion = _Completion(outcomes, bind_calls(plan, values), source)
    try:
        data = completion.answer(plan.root, None, None, ())
    except _NulledError:
        data = None
    return ExecutionResult(data=data, errors=completion.errors or None)


def bind_calls(plan: Plan, values: Values) -> Bindings:
    """Return the arguments of each function that an answer is made with; raises UnboundError."""
    called = (each for each in fields_in(plan.root) if isinstance(each.source, Call))
    return {each.number: each.arguments.bind(values) for each in called}


class _Gathering:
    """The reads of one run: each begins once what it depends on is there, those of a level side by side."""

    def __init__(self, plan: Plan, context: Context, values: Values, sizes: range) -> None:
        self._plan = plan
        self._context = context
        self._bindings = bind_calls(plan, values)
        # All that can't be bound is known before anything is read.
        self._arguments = {each.number: each.bind(values, sizes) for each in plan.readings}
        self._outcomes: dict[int, tuple[Sequence[Any], Sequence[Any]]] = {}
        # Those that reads have moved to, by the reads' numbers.
        self._moved: dict[int | None, Context] = {}

    async def gather(self) -> Outcomes:
        """Return what each read was asked for and what it gave."""
        waiting = list(self._reads_in(self._plan.root, [(None, None)]))
        while waiting:
            found = await together(*(self._begin(field, parents) for field, parents in waiting))
            below = []
            for (field, parents), results in zip(waiting, found, strict=True):
                self._outcomes[field.read_number] = (parents, results)
                owners = parents or [None]
                objects = [
                    pair
                    for each, owner in zip(results, owners, strict=False)
                    for pair in _objects(field, each, owner)
                ]
                below += [
                    read
                    for shape in field.shapes
                    for read in self._reads_in(shape, _of_type(field, shape, objects))
                ]
            waiting = below
        return self._outcomes

    def _begin(self, field: Field, parents: Sequence[Any]) -> Any:  # noqa: ANN401 - a coroutine
        """Return the read of a field."""
        if field.reading is None:
            raise TypeError(field)
        arguments = self._arguments[field.reading.number]
        context = self._moved.get(field.reading.mover, self._context)
        if field.reading.source.is_batched:
            return many(field.reading, context, parents, arguments)
        if field.reading.move is not None:
            return self._move(field.reading, field.reading.move, context, arguments)
        return once(field.reading, context, arguments)

    async def _move(
        self, reading: Reading, move: Move, context: Context, arguments: Mapping[str, object]
    ) -> Sequence[Any]:
        """Read in the context that a read moves to, which is that of what stands below it as well."""
        if context.watch is not None:
            # What was doesn't change, but whether it can be told does, with the time and with what is kept.
            context.watch.lose()
        try:
            moved = self._moved[reading.number] = await move.to(context, arguments[move.argument])
        except Exception as error:  # noqa: BLE001 - it becomes the field's error
            return [error]
        return await once(reading, moved, arguments)

    def _reads_in(self, shape: Shape, objects: Sequence[tuple[Any, Any]]) -> Iterator[tuple[Field, Sequence[Any]]]:
        """Yield the reads that a shape's fields take, each with its parents, of objects with their owners."""
        for field in shape.fields:
            if isinstance(field.source, Read):
                is_batched = field.source.is_batched
                yield field, [root for root, _ in objects] if is_batched else ()
            elif field.shapes:
                inner = [pair for root, owner in objects for pair in self._inside(field, root, owner)]
                for each in field.shapes:
                    yield from self._reads_in(each, _of_type(field, each, inner))

    def _inside(self, field: Field, root: Any, owner: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - rows, or what stands for them
        """Return the objects that a field holds; none where it fails, which the answer will tell."""
        try:
            value = resolve(field, root, owner, self._bindings)
        except Exception:  # noqa: BLE001 - see above
            return []
        return _objects(field, value, owner if value is root else root)


def _objects(field: Field, value: Any, owner: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - rows, or what stands for them
    """Return the objects in a field's value, each with its owner."""
    if value is None or isinstance(value, Exception):
        return []
    if is_list_type(get_nullable_type(field.fact.type)):
        return [(each, owner) for each in value if each is not None and not isinstance(each, Exception)]
    return [(value, owner)]


def _of_type(field: Field, shape: Shape, objects: Sequence[tuple[Any, Any]]) -> Sequence[tuple[Any, Any]]:
    """Return the objects that are of a shape's type."""
    if len(field.shapes) == 1 or shape.type.is_type_of is None:
        return objects
    return [pair for pair in objects if shape.type.is_type_of(pair[0], None)]  # type: ignore[arg-type]


def resolve(field: Field, root: Any, owner: Any, bindings: Bindings) -> Any:  # noqa: ANN401 - the field's value
    """Return the value of a field that nothing is read for; raises whatever makes it fail."""
    match field.source:
        case Column(name):
            return root[name]
        case Json(column):
            text = root[column.name]
            return None if text is None else orjson.Fragment(text)
        case Inline() as inline:
            return _function_of(inline)(root, owner)
        case Call(function, _, takes_root):
            arguments = bindings[field.number]
            return function(root, **arguments) if takes_root else function(**arguments)
        case TypeName(name):
            return name
        case Refused(guard):
            raise guard.error()
        case Read():
            raise TypeError(field)
        case _:
            assert_never(field.source)


class _NulledError(Exception):
    """A field that may not be null has failed: the nearest one above that may be becomes null."""


class _Completion:
    """One answer on its way; the errors of its fields gather in `errors`."""

    def __init__(self, outcomes: Outcomes, bindings: Bindings, source: Source) -> None:
        self.errors: list[GraphQLError] = []
        self._bindings = bindings
        self._source = source
        # A read with parents gave something for each of them; the same row twice got the same twice.
        self._found = {
            number: {id(parent): found for parent, found in zip(parents, results, strict=False)}
            for number, (parents, results) in outcomes.items()
        }
        self._single = {number: results for number, (_, results) in outcomes.items()}

    def answer(self, shape: Shape, root: Any, owner: Any, path: Path) -> dict[str, Any]:  # noqa: ANN401 - a row, or what stands for one
        """Return an object's fields; raises _NulledError where one that may not be null has failed."""
        return {each.key: self._field(each, root, owner, (*path, each.key)) for each in shape.fields}

    def _field(self, field: Field, root: Any, owner: Any, path: Path) -> Any:  # noqa: ANN401
        try:
            value = self._resolve(field, root, owner)
            inner_owner = owner if value is root else root
            return self._value(field, field.fact.type, value, inner_owner, path)
        except _NulledError:
            if is_non_null_type(field.fact.type):
                raise
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this field's error
            return self._fail(field, field.fact.type, error, path)

    def _fail(self, field: Field, type_: GraphQLOutputType, error: Exception, path: Path) -> None:
        message = str(getattr(error, "message", error))
        self.errors.append(
            GraphQLError(
                message,
                source=self._source,
                positions=list(field.positions),
                path=list(path),
                original_error=error,
            )
        )
        if is_non_null_type(type_):
            raise _NulledError from None

    def _resolve(self, field: Field, root: Any, owner: Any) -> Any:  # noqa: ANN401
        if not isinstance(field.source, Read):
            return resolve(field, root, owner, self._bindings)
        number = field.read_number
        return raise_failure(self._found[number][id(root)] if field.source.is_batched else self._single[number][0])

    def _value(self, field: Field, type_: GraphQLOutputType, value: Any, owner: Any, path: Path) -> Any:  # noqa: ANN401
        raise_failure(value)
        if is_non_null_type(type_):
            found = self._value(field, type_.of_type, value, owner, path)
            if found is None:
                raise TypeError(f"Cannot return null for non-nullable field {field.fact.coordinate}.")
            return found
        if value is None or isinstance(value, orjson.Fragment):
            return value
        if is_list_type(type_):
            items = type_.of_type
            return [self._item(field, items, item, owner, (*path, index)) for index, item in enumerate(value)]
        if is_leaf_type(type_):
            return type_.serialize(value)
        return self.answer(_shape_of(field, value), value, owner, path)

    def _item(self, field: Field, type_: GraphQLOutputType, item: Any, owner: Any, path: Path) -> Any:  # noqa: ANN401
        try:
            return self._value(field, type_, item, owner, path)
        except _NulledError:
            if is_non_null_type(type_):
                raise
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this item's error
            return self._fail(field, type_, error, path)


def _shape_of(field: Field, value: object) -> Shape:
    """Return what is asked of the type that a value is of."""
    if len(field.shapes) == 1:
        return field.shapes[0]
    for shape in field.shapes:
        if shape.type.is_type_of and shape.type.is_type_of(value, None):  # type: ignore[arg-type]
            return shape
    raise TypeError(f"Abstract type {field.fact.named} was resolved to no object type.")


_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {}


def _function_of(inline: Inline) -> Callable[[Any, Any], Any]:
    """Return an expression as a function of an object and its owner; it stands in the project's own source."""
    found = _FUNCTIONS.get(inline.form)
    if found is None:
        written = inline.write("root", "owner", lambda name: f"root[{name!r}]")
        found = _FUNCTIONS[inline.form] = eval(f"lambda root, owner: {written}")  # noqa: S307 - ours, see above
    return found
