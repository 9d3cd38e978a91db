"""A planned operation written as Python that is specialised for it: reads level by level, then one expression.

    async def run(context, variables):
        companies_0 = await once(companies_page, context, arguments_8)
        parents_1 = [row_2 for found_0 in present(companies_0) for row_2 in found_0.page.rows]
        locations_1 = await many(locations_of_companies, context, parents_1, arguments_6)
        ...
            return {"companies": {"nodes": [{"npi": row_4[0], ...} for row_4 in ...]}}

Only names that GraphQL's grammar allows enter the source, none of a client's values. The expression takes for
granted that nothing fails and nothing is null that may not be; where that turns out wrong it raises of itself, and
graph/execution/complete.py makes the answer from what was read.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import groupby
from textwrap import indent
from typing import Any

import orjson
from graphql import (
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues

from db.nested import Nested
from graph.context import Context
from graph.execution import steps
from graph.execution.plan import Field, Plan, Reading, Selection, is_plain
from graph.resolvers import Call, Expression, Read

Run = Callable[[Context, VariableValues], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation as a function, its source for a reader, and the plan that it was written from."""

    run: Run
    source: str
    plan: Plan
    # Whether nobody else in the operation can ask for what its root field does.
    is_lone: bool


def compiled(plan: Plan, name: str) -> Compiled:
    """Return a plan as a function."""
    writer = _Writer(plan)
    source = writer.source()
    namespace = dict(writer.namespace)
    exec(compile(source, f"<operation {name}>", "exec"), namespace)  # noqa: S102 - see the module's docstring
    # Taken out of its own globals, or they would hold each other, for the collector to find.
    return Compiled(namespace.pop("run"), source, plan, is_lone=len(plan.root.fields) == 1)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an object stands in the code: expressions for it and for its list's owner, and the loops around it."""

    root: str
    owner: str = "None"
    loops: tuple[str, ...] = ()
    reading: Reading | None = None

    def column(self, name: str | Nested) -> str:
        """Write the reading of one of the object's columns."""
        position = self.reading.position(name) if self.reading else None
        name = name.name if isinstance(name, Nested) else name
        return f"{self.root}[{name!r}]" if position is None else f"{self.root}[{position}]"

    def within(self, *loops: str, **changes: Any) -> "_Place":  # noqa: ANN401 - of the fields' types
        """Return the place further in."""
        return replace(self, loops=(*self.loops, *loops), **changes)


class _Writer:
    """Writes one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._names = 0
        self._read_fields = {each.reading.number: each for each in plan.fields if each.reading}
        self._parents: dict[int, str] = {}
        self.namespace: dict[str, Any] = {
            name: getattr(steps, name)
            for name in ("IrregularError", "bound", "once", "many", "together", "present", "null", "kept", "sound")
        }
        self.namespace["Fragment"] = orjson.Fragment

    def source(self) -> str:
        """Return the source of the function `run`."""
        self._gather_parents(self._plan.root, _Place("None"))
        lines = [*self._bindings(), *self._reads()]
        irregular = f"raise IrregularError({self._outcomes()}, {self._bound()})"
        if self._plan.is_refused:
            lines.append(irregular)
        else:
            lines += ["try:", *self._answer(), "except Exception:", f"    {irregular} from None"]
        return "async def run(context, variables):\n" + indent("\n".join(lines), "    ") + "\n"

    def _answer(self) -> list[str]:
        shape = self._object(self._plan.root, _Place("None"))
        iterators = [f"    next_{n} = iter({self._results(n)}).__next__" for n in self._parents]
        return [*iterators, f"    return {indent(shape, '    ').lstrip()}"]

    def _bindings(self) -> list[str]:
        """Write the arguments that depend on variables; name all others."""
        lines = []
        for each in self._plan.fields:
            if each.arguments.constant is not None:
                self.namespace[f"arguments_{each.number}"] = each.arguments.constant
            else:
                self.namespace[f"binding_{each.number}"] = each.arguments
                lines.append(f"arguments_{each.number} = bound(binding_{each.number}, variables)")
        return lines

    def _reads(self) -> list[str]:
        lines = []
        by_level = sorted(self._plan.readings, key=lambda reading: reading.level)
        for level, readings in groupby(by_level, key=lambda reading: reading.level):
            numbers = [reading.number for reading in readings]
            lines.append(f"# level {level}")
            lines += [f"parents_{n} = {self._parents[n]}" for n in numbers if n in self._parents]
            targets = ", ".join(map(self._results, numbers))
            calls = [self._call(n) for n in numbers]
            if len(calls) == 1:
                lines.append(f"{targets} = await {calls[0]}")
            else:
                lines.append(f"{targets} = await together({', '.join(calls)})")
        return lines

    def _results(self, number: int) -> str:
        return f"{self._read_fields[number].nodes[0].name.value}_{number}"

    def _call(self, number: int) -> str:
        field = self._read_fields[number]
        if not isinstance(field.resolver, Read):
            raise TypeError(field)
        reader = f"read_{field.resolver.call.__name__}"
        self.namespace[reader] = field.resolver.call
        arguments = f"arguments_{field.number}"
        if number in self._parents:
            return f"many({reader}, context, parents_{number}, {arguments})"
        return f"once({reader}, context, {arguments})"

    def _outcomes(self) -> str:
        numbers = [reading.number for reading in self._plan.readings]
        given = {n: f"parents_{n}" if n in self._parents else "()" for n in numbers}
        return "{" + ", ".join(f"{n}: ({given[n]}, {self._results(n)})" for n in numbers) + "}"

    def _bound(self) -> str:
        numbers = [each.number for each in self._plan.fields if each.arguments.constant is None]
        return "{" + ", ".join(f"{n}: arguments_{n}" for n in numbers) + "}"

    # The parents of each relation: the same walk as the answer's, without its leaves.

    def _gather_parents(self, selection: Selection, place: _Place) -> None:
        for field in selection.fields:
            if field.reading is not None:
                number = field.reading.number
                if field.reading.resolver.is_batched:
                    self._parents[number] = f"[{place.root} {' '.join(place.loops)}]"
                found = f"found_{number}"
                inner = _Place(
                    found, place.root, (f"for {found} in present({self._results(number)})",), field.reading
                )
            elif isinstance(field.resolver, Expression):
                written = field.resolver.written(place.root, place.owner, place.column)
                inner = place if written == place.root else self._one_of(written, field.definition.type, place)
            else:
                inner = _Place("None")
            self._enter(field, inner)

    def _one_of(self, written: str, type_: GraphQLOutputType, place: _Place) -> _Place:
        """Return the place of an expression's value; a list is entered by `_enter`."""
        if is_list_type(get_nullable_type(type_)):
            return place.within(root=written, owner=place.root)
        name = self._new("value")
        return place.within(f"for {name} in present(({written},))", root=name)

    def _enter(self, field: Field, place: _Place) -> None:
        if not field.selections:
            return
        type_ = get_nullable_type(field.definition.type)
        if is_list_type(type_):
            name = self._new("row")
            items = place.root if is_non_null_type(type_.of_type) else f"present({place.root})"
            place = place.within(f"for {name} in {items}", root=name)
        for selection in field.selections.values():
            test = (f"if {self._is_of(selection)}({place.root}, None)",) if len(field.selections) > 1 else ()
            self._gather_parents(selection, place.within(*test))

    def _is_of(self, selection: Selection) -> str:
        name = f"is_{selection.type.name}"
        self.namespace[name] = selection.type.is_type_of
        return name

    # The answer.

    def _object(self, selection: Selection, place: _Place) -> str:
        """Write an object whose row is there."""
        items = [f"{each.key!r}: {self._value(each, place)}," for each in selection.fields]
        return "{\n" + indent("\n".join(items), "    ") + "\n}"

    def _value(self, field: Field, place: _Place) -> str:
        named = get_named_type(field.definition.type)
        if is_leaf_type(named):
            return self._leaf(field, named, place)
        if isinstance(field.resolver, Nested):
            return self._nested(field, field.resolver, place)
        nullable = not is_non_null_type(field.definition.type)
        if is_list_type(get_nullable_type(field.definition.type)):
            return self._list(field, place, nullable=nullable)
        expression, inner = self._held(field, place)
        if expression == place.root:
            return self._chosen(field, inner)
        name = self._new("found")
        shape = self._chosen(field, inner.within(root=name))
        return f"({shape} if ({name} := {expression}) is not None else {'None' if nullable else 'null()'})"

    def _nested(self, field: Field, nested: Nested, place: _Place) -> str:
        """Write what is JSON already."""
        column = place.column(nested)
        if is_non_null_type(field.definition.type):
            return f"Fragment({column})"
        return f"(Fragment(text) if (text := {column}) is not None else None)"

    def _held(self, field: Field, place: _Place) -> tuple[str, _Place]:
        """Write what holds a field's object or list, and return the place of what is held."""
        if field.reading is not None:
            number = field.reading.number
            is_batched = field.reading.resolver.is_batched
            expression = f"next_{number}()" if is_batched else f"{self._results(number)}[0]"
            return expression, _Place(expression, place.root, reading=field.reading)
        if isinstance(field.resolver, Expression):
            expression = field.resolver.written(place.root, place.owner, place.column)
            return expression, place if expression == place.root else replace(place, owner=place.root)
        expression = self._plain(field, place)
        return expression, _Place(expression, place.root)

    def _list(self, field: Field, place: _Place, *, nullable: bool) -> str:
        expression, inner = self._held(field, place)
        list_type: Any = get_nullable_type(field.definition.type)
        name, source = self._new("row"), expression
        if nullable:
            source = self._new("list")
        shape = self._chosen(field, inner.within(root=name))
        if not is_non_null_type(list_type.of_type):
            shape = f"({shape} if {name} is not None else None)"
        written = f"[\n{indent(shape, '    ')}\n    for {name} in {source}\n]"
        return f"({written} if ({source} := {expression}) is not None else None)" if nullable else written

    def _chosen(self, field: Field, place: _Place) -> str:
        """Write an object of whichever of its possible types it is."""
        if len(field.selections) == 1:
            [selection] = field.selections.values()
            shape = self._object(selection, place)
            return (
                shape if _looks_at_root(selection) else f"({shape} if sound({place.root}) is not None else None)"
            )
        written = "null()"
        for selection in field.selections.values():
            test = f"{self._is_of(selection)}({place.root}, None)"
            written = f"({self._object(selection, place)} if {test} else {written})"
        return written

    def _leaf(self, field: Field, named: Any, place: _Place) -> str:  # noqa: ANN401 - a leaf type
        if field.resolver is None:
            return repr(field.parent.name)
        expression = self._plain(field, place)
        if is_list_type(get_nullable_type(field.definition.type)):
            self.namespace[f"serialize_{named.name}"] = named.serialize
            expression = f"[serialize_{named.name}(sound(leaf)) for leaf in {expression}]"
        elif not is_plain(named):
            self.namespace[f"serialize_{named.name}"] = named.serialize
            expression = f"(None if (value := {expression}) is None else serialize_{named.name}(value))"
        if not is_non_null_type(field.definition.type) or self._is_never_null(field, place):
            return expression
        return f"(value if (value := {expression}) is not None else null())"

    def _plain(self, field: Field, place: _Place) -> str:
        """Write a column, an expression, a call, or a leaf that is read."""
        if isinstance(field.resolver, str):
            return place.column(field.resolver)
        if isinstance(field.resolver, Expression):
            return field.resolver.written(place.root, place.owner, place.column)
        if isinstance(field.resolver, Call):
            function = f"call_{field.resolver.function.__name__}"
            self.namespace[function] = field.resolver.function
            root = "" if not field.resolver.takes_root else place.root
            arguments = f"**arguments_{field.number}" if field.definition.args else ""
            return f"{function}({', '.join(part for part in (root, arguments) if part)})"
        if field.reading is None:
            raise TypeError(field)
        number = field.reading.number
        read = f"next_{number}()" if field.reading.resolver.is_batched else f"{self._results(number)}[0]"
        return f"kept({read})"

    def _is_never_null(self, field: Field, place: _Place) -> bool:
        if isinstance(field.resolver, Expression):
            return True
        return place.reading is not None and field.resolver in place.reading.never_null

    def _new(self, what: str) -> str:
        self._names += 1
        return f"{what}_{self._names}"


def _looks_at_root(selection: Selection) -> bool:
    """Return whether writing an object fails of itself where its row is null or a failure."""
    return any(isinstance(each.resolver, str | Expression) for each in selection.fields)
