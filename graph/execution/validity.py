"""Proves documents valid in one quick pass; what it can't prove is left to graphql-core, which knows every rule.

What is proven has no error by any of graphql-core's `specified_rules`. The reverse doesn't hold: all that is wrong
is left over, for graphql-core to word the errors, and so is what is valid but rare: introspection, subscriptions,
directives other than @skip and @include, fields to merge that aren't alike, and very large documents.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLIncludeDirective,
    GraphQLInputType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableDefinitionNode,
    do_types_overlap,
    get_named_type,
    is_composite_type,
    is_input_type,
    type_from_ast,
)
from graphql.validation.rules.variables_in_allowed_position import allowed_variable_usage

from graph.execution.literals import Usage, arguments_fit, value_fits
from graph.execution.merging import Merging
from graph.limits import fragments_of

# graphql-core gives up on documents that lead it round their fragments for too long, by counts of its own
# (MAX_NESTING_DEPTH, MAX_FRAGMENT_WORK, MAX_COMPLEXITY_BUDGET). These stay far below them.
MAX_SPREADS = 100
MAX_NESTING = 150
MAX_WORK = 10_000

CONDITIONS = (GraphQLSkipDirective, GraphQLIncludeDirective)
META = frozenset({"__schema", "__type"})


def is_proven_valid(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Return whether a document surely is valid and doesn't ask for the schema; False says nothing."""
    try:
        _Proof(schema, document).conclude()
    except (_UnprovenError, CycleError, RecursionError):
        return False
    return True


class _UnprovenError(Exception):
    """There is something that may be wrong."""


def _sure(fact: object) -> None:
    if not fact:
        raise _UnprovenError


@dataclass(slots=True)
class _Content:
    """What an operation or a fragment holds itself, without what it spreads."""

    usages: list[Usage] = field(default_factory=list)
    spreads: list[str] = field(default_factory=list)
    # How many selection sets stand inside each other.
    nesting: int = 0


class _Proof:
    """The proof for one document: each definition is walked once, then what fragments bring together."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._fragments = fragments_of(document)
        self._operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        # The types of fields, by the identity of their nodes.
        self._types: dict[int, GraphQLOutputType] = {}
        # Of the definition that is being walked.
        self._content = _Content()

    def conclude(self) -> None:
        """Return where the document is valid; raises _UnprovenError or CycleError where that isn't sure."""
        self._check_names()
        fragments = {name: self._fragment(node) for name, node in self._fragments.items()}
        operations = [self._operation(node) for node in self._operations]
        self._check_spreads(fragments, operations)
        merging = Merging(self._fragments, self._types)
        for node, content in zip(self._operations, operations, strict=True):
            self._check_variables(node, usages_of(content, fragments))
            _sure(merging.is_sure([node.selection_set]))

    def _check_names(self) -> None:
        """Show that there are operations and fragments only, and no two of one name."""
        _sure(len(self._operations) + len(self._fragments) == len(self._document.definitions))
        names = {each.name.value for each in self._operations if each.name}
        _sure(len(self._operations) == 1 or len(names) == len(self._operations))

    def _check_spreads(self, fragments: Mapping[str, _Content], operations: Sequence[_Content]) -> None:
        """Show that each fragment is used, and none by itself.

        Where there is no cycle, following what is spread back to where it is spread ends at an operation.
        """
        contents = [*fragments.values(), *operations]
        spreads = [name for content in contents for name in content.spreads]
        _sure(set(spreads) == fragments.keys())
        _sure(len(spreads) <= MAX_SPREADS)
        _sure(sum(content.nesting for content in contents) <= MAX_NESTING)
        _sure(len(operations) * sum(1 + len(content.usages) for content in contents) <= MAX_WORK)
        TopologicalSorter({name: content.spreads for name, content in fragments.items()}).prepare()

    def _check_variables(self, node: OperationDefinitionNode, usages: Iterable[Usage]) -> None:
        """Show that an operation's variables are defined once, used, and fit where they are used."""
        definitions = {each.variable.name.value: each for each in node.variable_definitions or ()}
        _sure(len(definitions) == len(node.variable_definitions or ()))
        types = {name: self._type_of(each) for name, each in definitions.items()}
        used = set()
        for name, type_, default in usages:
            _sure(name in definitions)
            own_default = definitions[name].default_value
            _sure(allowed_variable_usage(self._schema, types[name], own_default, type_, default))
            used.add(name)
        _sure(used == definitions.keys())

    def _type_of(self, node: VariableDefinitionNode) -> GraphQLInputType:
        type_ = type_from_ast(self._schema, node.type)
        if not is_input_type(type_) or node.directives:
            raise _UnprovenError
        _sure(node.default_value is None or value_fits(node.default_value, type_, []))
        return type_

    def _operation(self, node: OperationDefinitionNode) -> _Content:
        root = self._schema.get_root_type(node.operation)
        if root is None or node.operation is OperationType.SUBSCRIPTION or node.directives:
            raise _UnprovenError
        return self._walked(node.selection_set, root)

    def _fragment(self, node: FragmentDefinitionNode) -> _Content:
        _sure(not node.directives and not node.variable_definitions)
        return self._walked(node.selection_set, self._composite(node.type_condition))

    def _walked(self, node: SelectionSetNode, parent: GraphQLCompositeType) -> _Content:
        self._content = _Content()
        self._selections(node, parent, 1)
        return self._content

    def _selections(self, node: SelectionSetNode, parent: GraphQLCompositeType, nesting: int) -> None:
        self._content.nesting = max(self._content.nesting, nesting)
        for selection in node.selections:
            if selection.directives:
                self._directives(selection.directives)
            if isinstance(selection, FieldNode):
                self._field(selection, parent, nesting)
            elif isinstance(selection, InlineFragmentNode):
                type_ = self._narrowed(selection.type_condition, parent)
                self._selections(selection.selection_set, type_, nesting + 1)
            elif isinstance(selection, FragmentSpreadNode):
                self._spread(selection, parent)

    def _field(self, node: FieldNode, parent: GraphQLCompositeType, nesting: int) -> None:
        name = node.name.value
        definition = self._schema.get_field(parent, name)
        if definition is None or name in META:
            raise _UnprovenError
        self._types[id(node)] = definition.type
        if node.arguments or definition.args:
            _sure(arguments_fit(node.arguments or (), definition.args, self._content.usages))
        type_ = get_named_type(definition.type)
        if node.selection_set is None:
            _sure(not is_composite_type(type_))
        elif is_composite_type(type_):
            self._selections(node.selection_set, type_, nesting + 1)
        else:
            raise _UnprovenError

    def _spread(self, node: FragmentSpreadNode, parent: GraphQLCompositeType) -> None:
        name = node.name.value
        _sure(name in self._fragments and not node.arguments)
        self._narrowed(self._fragments[name].type_condition, parent)
        self._content.spreads.append(name)

    def _narrowed(self, condition: NamedTypeNode | None, parent: GraphQLCompositeType) -> GraphQLCompositeType:
        """Return the type that a fragment's fields are of, having shown that its parent can be of it."""
        if condition is None:
            return parent
        type_ = self._composite(condition)
        _sure(do_types_overlap(self._schema, type_, parent))
        return type_

    def _composite(self, node: NamedTypeNode) -> GraphQLCompositeType:
        type_ = self._schema.get_type(node.name.value)
        if not is_composite_type(type_):
            raise _UnprovenError
        return type_

    def _directives(self, nodes: Sequence[DirectiveNode]) -> None:
        """Show that a selection's directives are @skip and @include, each at most once."""
        _sure(len({node.name.value for node in nodes}) == len(nodes))
        for node in nodes:
            directive = self._schema.get_directive(node.name.value)
            if directive not in CONDITIONS:
                raise _UnprovenError
            _sure(arguments_fit(node.arguments or (), directive.args, self._content.usages))


def usages_of(content: _Content, fragments: Mapping[str, _Content]) -> Iterator[Usage]:
    """Yield the variables in an operation and in all that it spreads."""
    waiting, seen = [content], set()
    for each in waiting:
        yield from each.usages
        for name in each.spreads:
            if name not in seen:
                seen.add(name)
                waiting.append(fragments[name])
