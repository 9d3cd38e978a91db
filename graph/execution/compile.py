"""A plan written as Python that is specialised for it: reads level by level, then one expression.

    async def run(context, values):
        arguments_0 = read_0.bind(values, sizes)
        company_0 = await once(read_0, context, arguments_0)
        parents_1 = [found_0 for found_0 in without_failures(company_0)]
        locations_1 = await many(read_1, context, parents_1, arguments_1)
        ...
            return {"company": ({"name": found_0[0], ...} if (found_0 := company_0[0]) is not None else None)}

Only names that GraphQL's grammar allows enter the source, none of a client's values. The expression takes for
granted that nothing fails and nothing is null that may not be; where that turns out wrong it raises of itself, and
graph/execution/interpret.py makes the answer from what was read.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from textwrap import indent
from typing import Any, NoReturn, assert_never

import orjson
from graphql import get_nullable_type, is_leaf_type, is_list_type, is_non_null_type

from db.nested import Nested
from graph.context import Context
from graph.execution.arguments import Values
from graph.execution.plan import Field, Plan, ReadByLevelError, Reading, Shape, is_plain
from graph.execution.reads import Outcomes, many, once, raise_failure, together
from graph.execution.sources import Call, Column, Inline, Json, Read, Refused, TypeName, looks_at_root

Run = Callable[[Context, Values], Awaitable[dict[str, Any]]]

# Before an expression that holds parents, and is no row of a read.
_HELD = "without_failures(("


class IrregularError(Exception):
    """Something failed, or was null that may not be: the answer must be made field by field."""

    def __init__(self, outcomes: Outcomes) -> None:
        super().__init__("irregular")
        self.outcomes = outcomes


class InterpretedError(Exception):
    """A plan that is never compiled, and why."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation as a function, its source for a reader, and the plan that it was written from."""

    run: Run
    source: str
    plan: Plan


def compile_plan(plan: Plan, name: str, sizes: range) -> Compiled:
    """Return a plan as a function; rows may come nested for pages of these sizes. Raises InterpretedError."""
    if plan.moves:
        raise InterpretedError("Some of it is read as of another time than the rest; it is always interpreted.")
    writer = _Writer(plan, sizes)
    source = writer.write()
    namespace = dict(writer.namespace)
    exec(compile(source, f"<operation {name}>", "exec"), namespace)  # noqa: S102 - see the module's docstring
    # Taken out of its own globals, or they would hold each other, for the collector to find.
    return Compiled(namespace.pop("run"), source, plan)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an object stands in the code.

    `root` is the expression for it, `owner` that for what the list came from that it stands in. `loops` bind the
    names in `root` outside of the answer, where the parents of a relation are gathered.
    """

    root: str
    owner: str = "None"
    loops: tuple[str, ...] = ()
    # The read whose rows (or page of rows) objects here are; None for what a column or a call holds.
    reading: Reading | None = None

    def column(self, name: str | Nested) -> str:
        """Write the reading of one of the object's columns."""
        position = self.reading.position(name) if self.reading else None
        name = name.name if isinstance(name, Nested) else name
        return f"{self.root}[{name!r}]" if position is None else f"{self.root}[{position}]"

    def inside(self, name: str, *loops: str) -> "_Place":
        """Return the place of what stands in this one."""
        return replace(self, root=name, owner=self.root, loops=(*self.loops, *loops))


class _Writer:
    """Writes one plan in one walk, which gives each relation its parents and the answer its places."""

    def __init__(self, plan: Plan, sizes: range) -> None:
        self._plan = plan
        self._names = 0
        # How the parents of each relation are gathered, by the number of its read.
        self._parents: dict[int, str] = {}
        self._bindings: list[str] = []
        self.namespace: dict[str, Any] = {
            "IrregularError": IrregularError,
            "ReadByLevelError": ReadByLevelError,
            "Fragment": orjson.Fragment,
            "sizes": sizes,
            **{
                each.__name__: each
                for each in (many, once, together, without_failures, raise_null, raise_failure, require_value)
            },
        }

    def write(self) -> str:
        """Return the source of the function `run`."""
        answer = self._object(self._plan.root, _Place("None"))
        irregular = f"raise IrregularError({self._outcomes()})"
        reads = [line for reading in self._plan.readings for line in self._bind_reading(reading)]
        lines = [*reads, *self._bindings, *self._reads()]
        if self._plan.is_refused:
            lines.append(irregular)
        else:
            iterators = [f"    next_{number} = iter({_results(number)}).__next__" for number in self._parents]
            answer = f"    return {indent(answer, '    ').lstrip()}"
            lines += ["try:", *iterators, answer, "except Exception:", f"    {irregular} from None"]
        return "async def run(context, values):\n" + indent("\n".join(lines), "    ") + "\n"

    # The reads.

    def _bind_reading(self, reading: Reading) -> list[str]:
        """Write the arguments that depend on variables; name all others."""
        number = reading.number
        self.namespace[f"read_{number}"] = reading
        if reading.constant is not None:
            self.namespace[f"arguments_{number}"] = reading.constant
            return []
        return [f"arguments_{number} = read_{number}.bind(values, sizes)"]

    def _reads(self) -> list[str]:
        lines = []
        for level, group in groupby(self._plan.readings, key=lambda reading: reading.level):
            readings = list(group)
            numbers = [reading.number for reading in readings]
            lines.append(f"# level {level}: {', '.join(reading.field.coordinate for reading in readings)}")
            gathered = [f"parents_{n} = {self._parents[n]}" for n in numbers if n in self._parents]
            if any(_HELD in line for line in gathered):
                # What stands between a row and its relations may fail: the answer tells, once it was interpreted.
                gathered = ["try:", *(f"    {line}" for line in gathered), "except Exception:"]
                gathered.append("    raise ReadByLevelError from None")
            lines += gathered
            targets = ", ".join(map(_results, numbers))
            calls = [self._call(number) for number in numbers]
            if len(calls) == 1:
                lines.append(f"{targets} = await {calls[0]}")
            else:
                lines.append(f"{targets} = await together({', '.join(calls)})")
        return lines

    def _call(self, number: int) -> str:
        if number in self._parents:
            return f"many(read_{number}, context, parents_{number}, arguments_{number})"
        return f"once(read_{number}, context, arguments_{number})"

    def _outcomes(self) -> str:
        numbers = [reading.number for reading in self._plan.readings]
        given = {number: f"parents_{number}" if number in self._parents else "()" for number in numbers}
        return "{" + ", ".join(f"{number}: ({given[number]}, {_results(number)})" for number in numbers) + "}"

    # The answer.

    def _object(self, shape: Shape, place: _Place) -> str:
        """Write an object whose row is there."""
        items = [f"{each.key!r}: {self._value(each, place)}," for each in shape.fields]
        return "{\n" + indent("\n".join(items), "    ") + "\n}"

    def _value(self, field: Field, place: _Place) -> str:
        if is_leaf_type(field.fact.named):
            return self._leaf(field, place)
        match field.source:
            case Json() as source:
                return self._fragment(field, source, place)
            case Refused():
                return "None"
            case Column() | Inline() | Call() | Read() | TypeName():
                return self._held_value(field, place)
            case _:
                assert_never(field.source)

    def _held_value(self, field: Field, place: _Place) -> str:
        """Write an object or a list that something holds."""
        expression, inner = self._hold(field, place)
        if is_list_type(get_nullable_type(field.fact.type)):
            return self._list(field, expression, inner)
        if expression == place.root:
            return self._choose(field, inner)
        absent = "raise_null()" if is_non_null_type(field.fact.type) else "None"
        return f"({self._choose(field, inner)} if ({inner.root} := {expression}) is not None else {absent})"

    def _fragment(self, field: Field, source: Json, place: _Place) -> str:
        """Write what is JSON already."""
        column = place.column(source.column)
        if is_non_null_type(field.fact.type):
            return f"Fragment({column})"
        return f"(Fragment(text) if (text := {column}) is not None else None)"

    def _hold(self, field: Field, place: _Place) -> tuple[str, _Place]:
        """Write what holds a field's object or list, and return the place of what is held."""
        match field.source:
            case Read(is_batched=is_batched):
                number = field.read_number
                if is_batched:
                    self._gather_parents(number, place)
                name = f"found_{number}"
                loops = (f"for {name} in without_failures({_results(number)})",)
                expression = f"next_{number}()" if is_batched else f"{_results(number)}[0]"
                return expression, _Place(name, place.root, loops, field.reading)
            case Inline() as inline:
                expression = inline.write(place.root, place.owner, place.column)
                if expression == place.root:
                    return expression, place
                if is_non_null_type(field.fact.type) and is_list_type(field.fact.type.of_type):
                    return expression, place.inside(expression)
                name = self._new("value")
                return expression, place.inside(name, f"for {name} in {_HELD}{expression},))")
            case Column() | Call() | TypeName() | Json() | Refused():
                # What stands in it is no row of a read, but relations of it may be read.
                expression, name = self._plain(field, place), self._new("value")
                loop = f"for {name} in {_HELD}{expression},))"
                return expression, _Place(name, place.root, (*place.loops, loop))
            case _:
                assert_never(field.source)

    def _gather_parents(self, number: int, place: _Place) -> None:
        """Note how the parents of a relation's read are gathered."""
        self._parents[number] = f"[{' '.join((place.root, *place.loops))}]"

    def _list(self, field: Field, expression: str, inner: _Place) -> str:
        list_type: Any = get_nullable_type(field.fact.type)
        name = self._new("row")
        is_sure = is_non_null_type(list_type.of_type)
        items = inner.root if is_sure else f"without_failures({inner.root})"
        each = replace(inner, root=name, loops=(*inner.loops, f"for {name} in {items}"))
        shape = self._choose(field, each)
        if not is_sure:
            shape = f"({shape} if {name} is not None else None)"
        written = f"[\n{indent(shape, '    ')}\n    for {name} in {{}}\n]"
        if is_non_null_type(field.fact.type):
            return written.replace("{}", expression)
        return f"({written.replace('{}', inner.root)} if ({inner.root} := {expression}) is not None else None)"

    def _choose(self, field: Field, place: _Place) -> str:
        """Write an object of whichever of its possible types it is."""
        if len(field.shapes) == 1:
            [shape] = field.shapes
            written = self._object(shape, place)
            return (
                written
                if _looks_at_root(shape)
                else f"({written} if require_value({place.root}) is not None else None)"
            )
        written = "raise_null()"
        for shape in field.shapes:
            name = f"is_{shape.type.name}"
            self.namespace[name] = shape.type.is_type_of
            test = f"{name}({place.root}, None)"
            one = self._object(shape, replace(place, loops=(*place.loops, f"if {test}")))
            written = f"({one} if {test} else {written})"
        return written

    def _leaf(self, field: Field, place: _Place) -> str:
        fact, serialize = field.fact, f"serialize_{field.fact.named.name}"
        expression = self._plain(field, place)
        if is_list_type(get_nullable_type(fact.type)):
            self.namespace[serialize] = fact.named.serialize  # type: ignore[attr-defined]  # it is a leaf
            expression = f"[{serialize}(require_value(leaf)) for leaf in {expression}]"
        elif not is_plain(fact.named):
            self.namespace[serialize] = fact.named.serialize  # type: ignore[attr-defined]  # it is a leaf
            expression = f"(None if (value := {expression}) is None else {serialize}(value))"
        if not is_non_null_type(fact.type) or self._is_never_null(field, place):
            return expression
        return f"(value if (value := {expression}) is not None else raise_null())"

    def _plain(self, field: Field, place: _Place) -> str:  # noqa: PLR0911 - one for each source
        """Write the value of a leaf, or of what is no row."""
        match field.source:
            case Column(name):
                return place.column(name)
            case Json(column):
                return place.column(column)
            case Inline() as inline:
                return inline.write(place.root, place.owner, place.column)
            case Call():
                return self._call_function(field, field.source, place)
            case TypeName(name):
                return repr(name)
            case Refused():
                return "None"
            case Read(is_batched=is_batched):
                number = field.read_number
                if is_batched:
                    self._gather_parents(number, place)
                return f"raise_failure(next_{number}())" if is_batched else f"raise_failure({_results(number)}[0])"
            case _:
                assert_never(field.source)

    def _call_function(self, field: Field, source: Call, place: _Place) -> str:
        function = f"call_{source.function.__name__}_{field.number}"
        self.namespace[function] = source.function
        given = [place.root] if source.takes_root else []
        if field.arguments.varying:
            self.namespace[f"binding_{field.number}"] = field.arguments
            self._bindings.append(f"given_{field.number} = binding_{field.number}.bind(values)")
            given.append(f"**given_{field.number}")
        elif field.arguments.constant:
            self.namespace[f"given_{field.number}"] = field.arguments.constant
            given.append(f"**given_{field.number}")
        return f"{function}({', '.join(given)})"

    def _is_never_null(self, field: Field, place: _Place) -> bool:
        match field.source:
            case Inline(column=None) | TypeName():
                # It fails where there is nothing.
                return True
            case Inline(column=name) | Column(name):
                return place.reading is not None and name in place.reading.never_null
            case Call() | Read() | Json() | Refused():
                return False
            case _:
                assert_never(field.source)

    def _new(self, what: str) -> str:
        self._names += 1
        return f"{what}_{self._names}"


def _results(number: int) -> str:
    """Write the name of what a read gives."""
    return f"results_{number}"


def _looks_at_root(shape: Shape) -> bool:
    """Return whether an object's Python fails of itself where its row is null or a failure."""
    return any(looks_at_root(each.source) for each in shape.fields)


# What compiled operations call besides their reads.


def without_failures(entries: Iterable[Any]) -> list[Any]:
    """Return the entries that are neither null nor a failure."""
    return [entry for entry in entries if entry is not None and not isinstance(entry, Exception)]


def raise_null() -> NoReturn:
    """Make the operation irregular: something is null that may not be."""
    raise ValueError("null")


def require_value(value: object) -> Any:  # noqa: ANN401 - whatever was given
    """Return a value that is neither null nor a failure; else make the operation irregular."""
    if value is None or isinstance(value, Exception):
        raise_null()
    return value
