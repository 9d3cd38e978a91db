"""The answer made field by field from what was read: exact where something failed, or was null that may not be."""

from collections.abc import Callable
from typing import Any

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    located_error,
)

from db.engine import DatabaseUnavailableError
from db.nested import Nested
from graph.errors import ClientError
from graph.execution.plan import Field, Plan, Selection
from graph.execution.steps import IrregularError, Outcomes
from graph.guard import Guard
from graph.resolvers import Call, Expression

Path = tuple[str | int, ...]


def is_ambiguous(plan: Plan, outcomes: Outcomes) -> bool:
    """Return whether a statement failed that reads several tables: each of them may have been the cause."""
    return any(
        isinstance(found, Exception) and not isinstance(found, ClientError | DatabaseUnavailableError)
        for reading in plan.readings
        if reading.nests
        for found in outcomes[reading.number][1]
    )


class _NulledError(Exception):
    """A field that may not be null has failed: the nearest one above that may be becomes null."""


def completed(plan: Plan, irregular: IrregularError) -> ExecutionResult:
    """Return the data and errors of an operation whose reads have been done."""
    completion = _Completion(plan, irregular)
    try:
        data = completion.answered(plan.root, None, None, ())
    except _NulledError:
        data = None
    return ExecutionResult(data=data, errors=completion.errors or None)


class _Completion:
    """One answer on its way; the errors of its fields gather in `errors`."""

    def __init__(self, plan: Plan, irregular: IrregularError) -> None:
        self.errors: list[GraphQLError] = []
        self._arguments = irregular.arguments
        # A read with parents gave something for each of them; the same row twice got the same twice.
        self._found = {
            number: {id(parent): found for parent, found in zip(parents, results, strict=False)}
            for number, (parents, results) in irregular.outcomes.items()
        }
        self._single = {number: results for number, (_, results) in irregular.outcomes.items()}
        self._plan = plan

    def answered(self, selection: Selection, root: Any, owner: Any, path: Path) -> dict[str, Any]:  # noqa: ANN401 - a row, or what stands for one
        """Return an object's fields; raises _NulledError where one that may not be null has failed."""
        return {each.key: self._field(each, root, owner, (*path, each.key)) for each in selection.fields}

    def _field(self, field: Field, root: Any, owner: Any, path: Path) -> Any:  # noqa: ANN401
        try:
            value = self._resolved(field, root, owner)
            inner_owner = owner if value is root else root
            return self._value(field, field.definition.type, value, inner_owner, path)
        except _NulledError:
            if is_non_null_type(field.definition.type):
                raise
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this field's error
            return self._failed(field, field.definition.type, error, path)

    def _failed(self, field: Field, type_: GraphQLOutputType, error: Exception, path: Path) -> None:
        self.errors.append(located_error(error, field.nodes, list(path)))
        if is_non_null_type(type_):
            raise _NulledError from None

    def _resolved(self, field: Field, root: Any, owner: Any) -> Any:  # noqa: ANN401
        resolver = field.resolver
        if resolver is None:
            return field.parent.name
        if isinstance(resolver, str):
            return root[resolver]
        if isinstance(resolver, Guard):
            raise resolver.error()
        if isinstance(resolver, Nested):
            text = root[resolver.name]
            return None if text is None else orjson.Fragment(text)
        if isinstance(resolver, Expression):
            return _function_of(resolver)(root, owner)
        if isinstance(resolver, Call):
            arguments = _raised(self._arguments.get(field.number, field.arguments.constant))
            return resolver.function(*((root,) if resolver.takes_root else ()), **arguments)
        if field.reading is None:
            raise TypeError(field)
        number = field.reading.number
        return _raised(self._found[number][id(root)] if resolver.is_batched else self._single[number][0])

    def _value(self, field: Field, type_: GraphQLOutputType, value: Any, owner: Any, path: Path) -> Any:  # noqa: ANN401
        _raised(value)
        if is_non_null_type(type_):
            found = self._value(field, type_.of_type, value, owner, path)
            if found is None:
                raise TypeError(
                    f"Cannot return null for non-nullable field {field.parent}.{field.nodes[0].name.value}."
                )
            return found
        if value is None or isinstance(value, orjson.Fragment):
            return value
        if is_list_type(type_):
            items = type_.of_type
            return [self._item(field, items, item, owner, (*path, index)) for index, item in enumerate(value)]
        if is_leaf_type(type_):
            return type_.serialize(value)
        return self.answered(self._selection_of(field, value), value, owner, path)

    def _item(self, field: Field, type_: GraphQLOutputType, item: Any, owner: Any, path: Path) -> Any:  # noqa: ANN401
        try:
            return self._value(field, type_, item, owner, path)
        except _NulledError:
            if is_non_null_type(type_):
                raise
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this item's error
            return self._failed(field, type_, error, path)

    def _selection_of(self, field: Field, value: object) -> Selection:
        """Return what is asked of the type that a value is of."""
        selections = list(field.selections.values())
        if len(selections) == 1:
            return selections[0]
        for selection in selections:
            if selection.type.is_type_of and selection.type.is_type_of(value, None):  # type: ignore[arg-type]
                return selection
        raise TypeError(f"Abstract type {get_named_type(field.definition.type)} was resolved to no object type.")


def _raised(value: Any) -> Any:  # noqa: ANN401 - whatever was given
    """Return a value; raise it where it is a failure."""
    if isinstance(value, Exception):
        raise value
    return value


_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {}


def _function_of(expression: Expression) -> Callable[[Any, Any], Any]:
    """Return an expression as a function of an object and its owner; it stands in the project's own source."""
    found = _FUNCTIONS.get(expression.form)
    if found is None:
        written = expression.written("root", "owner", lambda name: f"root[{name!r}]")
        found = _FUNCTIONS[expression.form] = eval(f"lambda root, owner: {written}")  # noqa: S307 - ours, see above
    return found
