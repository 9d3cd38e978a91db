"""The one walk through a document: it counts, proves what it can, and builds the tree of each operation.

What is proven has no error by any of graphql-core's `specified_rules`. The reverse doesn't hold: all that is wrong
is left over, for graphql-core to word the errors, and so is what is valid but rare: introspection, subscriptions,
directives other than @skip, @include, @atomic and @live, fields to merge that aren't alike, and very large
documents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSkipDirective,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    do_types_overlap,
    is_composite_type,
)

from graph.directives.atomic import NAME as ATOMIC
from graph.directives.live import NAME as LIVE
from graph.execution.arguments import read_arguments
from graph.execution.bounds import Count, Depth, Limits, require_at_most
from graph.execution.facts import META, Facts, FieldFact
from graph.execution.literals import Usage, arguments_fit
from graph.execution.tree import ALWAYS, NEVER, Field, Occurrence, Selection, When, fields_in
from graph.execution.uses import Uses
from graph.execution.validation import MAX_ERRORS
from graph.execution.variables import fit_usages
from graph.roles.needs import Need, needs_of

# graphql-core gives up on documents that lead it round their fragments for too long, by counts of its own
# (MAX_NESTING_DEPTH, MAX_FRAGMENT_WORK, MAX_COMPLEXITY_BUDGET). These stay far below them.
MAX_SPREADS = 100
MAX_NESTING = 150

CONDITIONS = (GraphQLSkipDirective, GraphQLIncludeDirective)


@dataclass(slots=True, eq=False)
class WalkedOperation:
    """What the walk makes of one operation."""

    root: Selection
    needs: list[tuple[Occurrence, Need]] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    # The coordinates that it uses, as far as they are counted.
    used: set[str] = field(default_factory=set)
    # Variables that decide which fields there are, in the order in which they come up.
    conditions: dict[str, None] = field(default_factory=dict)
    # Whether only graphql-core can answer: it asks for the schema, or for what declares no source.
    is_foreign: bool = False
    introspects: bool = False
    # Whether it is a mutation whose fields are done together or not at all.
    is_atomic: bool = False
    # Whether it is a query that is answered anew whenever its answer has changed.
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class WalkedDocument:
    """A document's operations, whether it is surely valid, and how many fields there are.

    One with `errors` was not walked to its end.
    """

    operations: Sequence[tuple[OperationDefinitionNode, WalkedOperation]]
    is_proven: bool
    fields: int
    errors: Sequence[GraphQLError] = ()


def walk(facts: Facts, document: DocumentNode, limits: Limits, uses: Uses) -> WalkedDocument:
    """Return what a document comes to; raises CostLimitError or DepthLimitError for one that holds too much."""
    try:
        return _Walk(facts, document, limits, uses).walk()
    except HopelessError as error:
        return WalkedDocument((), is_proven=False, fields=0, errors=error.errors)


class HopelessError(Exception):
    """So many fields are unknown that the rest of the document needn't be looked at."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(len(errors))
        self.errors = errors


@dataclass(slots=True, eq=False)
class _Group:
    """Fields by response name, of whatever type: what graphql-core would compare with one another."""

    names: dict[str, "_Alike"] = field(default_factory=dict)
    # Fragments that were spread here, with what they stood under.
    spread: set[tuple[str, When, tuple[Selection, ...]]] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class _Alike:
    """Fields of one response name: their own number, how many there are, and what is asked of them."""

    number: int
    count: int = 0
    inner: _Group = field(default_factory=_Group)


@dataclass(slots=True, eq=False)
class _Place:
    """Where a selection set stands: the type that its fields are looked up in, None where that isn't known."""

    type: GraphQLCompositeType | None
    # What is filled: a selection of each object type that the value can be of.
    targets: Sequence[Selection]
    group: _Group
    when: When
    depth: Depth
    nesting: int


class _Walk:
    """One document on its way; `_walked` is the operation that is walked."""

    def __init__(self, facts: Facts, document: DocumentNode, limits: Limits, uses: Uses) -> None:
        self._facts = facts
        self._limits = limits
        self._uses = uses
        self._count = Count(limits)
        self._operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        fragments = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self._fragments = {each.name.value: each for each in fragments}
        self._is_proven = len(self._operations) + len(self._fragments) == len(document.definitions)
        self._used: set[str] = set()
        # Fragments round what is being walked.
        self._open: set[str] = set()
        self._spreads = 0
        self._occurrences = 0
        self._walked = WalkedOperation(Selection(_NOTHING))
        # Errors of fields that their types haven't, by where they stand: a fragment can be spread in many places.
        self._unknown: dict[int, GraphQLError] = {}

    def walk(self) -> WalkedDocument:
        require_at_most("operations", len(self._operations), self._limits.operations)
        self._count.add_pairs(len(self._fragments) * (len(self._fragments) - 1) // 2)
        names = {each.name.value for each in self._operations if each.name}
        self._doubt_unless(len(self._operations) == 1 or len(names) == len(self._operations))
        operations = [(each, self._operation(each)) for each in self._operations]
        for name in self._fragments.keys() - self._used:
            self._is_proven = False
            self._count.begin()
            self._spread_fragment(name, _Place(None, (), _Group(), ALWAYS, Depth(), 0))
        return WalkedDocument(operations, self._is_proven, self._occurrences)

    def _doubt_unless(self, fact: object) -> None:
        """Note that the document isn't surely valid, unless something is so."""
        if not fact:
            self._is_proven = False

    def _operation(self, node: OperationDefinitionNode) -> WalkedOperation:
        root = self._facts.schema.get_root_type(node.operation)
        is_atomic = self._says(node, OperationType.MUTATION, ATOMIC)
        is_live = self._says(node, OperationType.QUERY, LIVE)
        self._doubt_unless(root and node.operation is not OperationType.SUBSCRIPTION)
        self._doubt_unless(not node.directives or is_atomic or is_live)
        # An operation of a kind that the schema hasn't is invalid; it is counted all the same.
        self._walked = WalkedOperation(Selection(root or _NOTHING), is_atomic=is_atomic, is_live=is_live)
        self._count.begin()
        self._count.add_directives(len(node.directives or ()))
        targets = (self._walked.root,) if root else ()
        self._selections(node.selection_set, _Place(root, targets, _Group(), ALWAYS, Depth(), 1))
        self._doubt_unless(fit_usages(self._facts.schema, node.variable_definitions or (), self._walked.usages))
        self._doubt_unless(all(map(self._is_one_shape, fields_in(self._walked.root))))
        return self._walked

    def _says(self, node: OperationDefinitionNode, kind: OperationType, directive: str) -> bool:
        """Return whether an operation is of a kind and has a directive, and nothing else is said of it."""
        if node.operation is not kind or not node.directives:
            return False
        [only, *others] = node.directives
        is_known = self._facts.schema.get_directive(directive) is not None
        return is_known and only.name.value == directive and not only.arguments and not others

    def _selections(self, node: SelectionSetNode, place: _Place) -> None:
        self._doubt_unless(place.nesting <= MAX_NESTING)
        for selection in node.selections:
            self._count.add_step()
            here = self._narrow_by(selection.directives, place) if selection.directives else place
            match selection:
                case FieldNode():
                    self._field(selection, here)
                case InlineFragmentNode():
                    inner = self._narrow_to(selection.type_condition, here)
                    self._selections(selection.selection_set, replace(inner, nesting=place.nesting + 1))
                case FragmentSpreadNode():
                    self._doubt_unless(not selection.arguments)
                    self._spread_fragment(selection.name.value, here)

    def _field(self, node: FieldNode, place: _Place) -> None:
        name, key = node.name.value, (node.alias or node.name).value
        self._count.add_field(node, place.depth)
        alike = place.group.names.setdefault(key, _Alike(self._occurrences))
        self._count.add_pairs(alike.count)
        alike.count += 1
        fact = self._facts.field(place.type, name) if place.type else None
        if fact is None:
            self._is_proven = False
            self._note_unknown(node, place)
            inner: Sequence[Selection] = ()
        else:
            inner = self._add(node, fact, alike.number, place)
        is_composite = fact is not None and is_composite_type(fact.named)
        self._doubt_unless(is_composite == (node.selection_set is not None))
        if node.selection_set:
            type_ = fact.named if fact is not None and is_composite_type(fact.named) else None
            depth = place.depth.within(name)
            self._selections(
                node.selection_set, _Place(type_, inner, alike.inner, place.when, depth, place.nesting + 1)
            )

    def _note_unknown(self, node: FieldNode, place: _Place) -> None:
        """Note a field that its type hasn't; raises HopelessError where that is enough."""
        if place.type is None or node.loc is None:
            return
        message = f"Cannot query field '{node.name.value}' on type '{place.type.name}'."
        self._unknown[node.loc.start] = GraphQLError(message, node)
        if len(self._unknown) == MAX_ERRORS:
            raise HopelessError(list(self._unknown.values()))

    def _add(self, node: FieldNode, fact: FieldFact, merged: int, place: _Place) -> list[Selection]:
        """Add a field to what is filled; return what is asked of its values."""
        key = (node.alias or node.name).value
        self._doubt_unless(fact.name not in META)
        fits = self._check_arguments(node, fact)
        self._occurrences += 1
        position = node.loc.start if node.loc else 0
        occurrence = Occurrence(self._occurrences, merged, position, place.when)
        if fact.concerns_roles:
            needed = needs_of(self._facts.guards, fact, node.arguments or ())
            self._walked.needs += [(occurrence, need) for need in needed]
        if self._uses.concerns(fact):
            self._walked.used.update(self._uses.of_field(fact, node.arguments or ()))
        inner = []
        self._count.add_step(len(place.targets))
        for target in place.targets:
            own = fact if target.type is place.type else self._facts.field(target.type, fact.name)
            if own is None:
                continue
            found = target.fields.get(key)
            if found is None:
                found = target.fields[key] = Field(key, own, _written(node))
                if fits and own.source is not None:
                    found.arguments = read_arguments(self._facts, own, node.arguments or ())
            self._doubt_unless(found.fact is own and found.written == _written(node))
            found.occurrences.append(occurrence)
            target.is_conditional |= bool(place.when)
            self._walked.introspects |= own.name in META
            self._walked.is_foreign |= own.source is None
            inner += [found.selections.setdefault(each.name, Selection(each)) for each in own.possible]
        return inner

    def _check_arguments(self, node: FieldNode, fact: FieldFact) -> bool:
        """Return whether a field's arguments surely are right; if they aren't, only graphql-core can run it."""
        if not (node.arguments or fact.declared):
            return True
        fits = arguments_fit(node.arguments or (), fact.declared, self._walked.usages)
        self._doubt_unless(fits)
        self._walked.is_foreign |= not fits
        return fits

    def _spread_fragment(self, name: str, place: _Place) -> None:
        fragment = self._fragments.get(name)
        self._spreads += 1
        self._doubt_unless(self._spreads <= MAX_SPREADS)
        if fragment is None or name in self._open:
            self._is_proven = False
            return
        targets = tuple(place.targets)
        if not place.group.spread.isdisjoint({(name, ALWAYS, targets), (name, place.when, targets)}):
            return
        place.group.spread.add((name, place.when, targets))
        self._used.add(name)
        self._doubt_unless(not fragment.directives and not fragment.variable_definitions)
        self._open.add(name)
        inner = self._narrow_to(fragment.type_condition, place)
        self._selections(fragment.selection_set, replace(inner, nesting=place.nesting + 1))
        self._open.discard(name)

    def _narrow_to(self, condition: NamedTypeNode | None, place: _Place) -> _Place:
        """Return the place of what stands under a type condition."""
        if condition is None:
            return place
        type_ = self._facts.schema.get_type(condition.name.value)
        if not is_composite_type(type_):
            self._is_proven = False
            return replace(place, type=None, targets=())
        if type_ is place.type:
            return place
        self._doubt_unless(place.type and do_types_overlap(self._facts.schema, type_, place.type))
        possible = self._facts.possible(type_)
        return replace(place, type=type_, targets=[each for each in place.targets if each.type in possible])

    def _narrow_by(self, directives: Sequence[DirectiveNode], place: _Place) -> _Place:
        """Return the place of what stands under @skip and @include, each at most once."""
        self._count.add_directives(len(directives))
        self._doubt_unless(len({each.name.value for each in directives}) == len(directives))
        for node in directives:
            directive = self._facts.schema.get_directive(node.name.value)
            usages = self._walked.usages
            if directive in CONDITIONS and arguments_fit(node.arguments or (), directive.args, usages):
                place = self._under(node, place)
            else:
                self._is_proven = False
                self._walked.is_foreign = True
        return place

    def _under(self, node: DirectiveNode, place: _Place) -> _Place:
        wanted = node.name.value == GraphQLIncludeDirective.name
        match node.arguments[0].value if node.arguments else None:
            case VariableNode(name=name):
                self._walked.conditions[name.value] = None
                return replace(place, when=(*place.when, (name.value, wanted)))
            case BooleanValueNode(value=value) if value is not wanted:
                return replace(place, when=NEVER)
            case _:
                return place

    def _is_one_shape(self, found: Field) -> bool:
        """Return whether a value has one shape, of whichever type it is."""
        selections = list(found.selections.values())
        return all(
            self._are_alike(one.fields, other.fields)
            for place, one in enumerate(selections)
            for other in selections[:place]
        )

    def _are_alike(self, one: Mapping[str, Field], other: Mapping[str, Field]) -> bool:
        """Return whether fields of one response name ask for the same, though of objects of different types.

        The specification (5.3.2) asks for less: that their values have one shape.
        """
        self._count.add_step(len(one))
        return all(
            one[key].is_like(other[key])
            and all(
                self._are_alike(mine.fields, theirs.fields)
                for mine in one[key].selections.values()
                for theirs in other[key].selections.values()
            )
            for key in one.keys() & other.keys()
        )


# What stands for the root of an operation that the schema has none for.
_NOTHING = GraphQLObjectType("Nothing", {})


def _written(node: FieldNode) -> str:
    """Return a field's arguments as they are written."""
    if not node.arguments:
        return ""
    first, last = node.arguments[0].loc, node.arguments[-1].loc
    return first.source.body[first.start : last.end] if first and last else ""
