"""A document and its operations: parsed, measured and validated once, chosen by name for a request."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    VariableNode,
    print_ast,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values

from graph.directives.requirements import Requirements, requirements_of
from graph.directives.requires_role import guards_of
from graph.errors import PARSE_FAILED, VALIDATION_FAILED, DepthLimitError, OperationResolutionError
from graph.execution.source import parsed
from graph.execution.validity import is_proven_valid
from graph.execution.variables import Variables
from graph.limits import Fragments, Limits, check_document, check_lines, fragments_of

# Errors listed for one document or one set of variables; who has more mends these first.
MAX_ERRORS = 5
# Bytes that parsed documents are kept in: some 200 of 70 tokens. Python's collector walks through all that is kept
# while nobody is answered: 204 such documents took it 14 to 66 ms, by how busy the machine was.
MAX_KEPT = 8 * 1024 * 1024
# Bytes of a parsed document for each of its tokens: 300 to 560 as measured with tracemalloc on graphql-core 3.3.
TOKEN_BYTES = 560


class RequestErrors(Exception):  # noqa: N818 - it holds errors, it isn't one
    """A request that can't be executed: its errors, and the code of those that have none of their own."""

    def __init__(self, errors: list[GraphQLError], code: str) -> None:
        super().__init__(code)
        self.errors = errors[:MAX_ERRORS]
        self.code = code


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document."""

    node: DocumentNode
    fragments: Fragments
    # Whether it asks for the schema: __schema or __type, wherever.
    introspects: bool
    # Bytes in memory, more or less.
    weight: int


@dataclass(slots=True, eq=False)
class Operation:
    """One operation of a valid document, and what executors keep with it for the next time."""

    document: Document
    definition: OperationDefinitionNode
    variables: Variables
    # Variables that decide which fields there are.
    conditions: tuple[str, ...]
    name: str | None
    requirements: Requirements
    compilations: dict[tuple[object, ...], Any] = field(default_factory=dict)
    costs: dict[tuple[object, ...], float] = field(default_factory=dict)
    # Whether others may be given its answer; None until somebody asks.
    is_shared: bool | None = None

    @property
    def is_query(self) -> bool:
        """Return whether it only reads."""
        return self.definition.operation is OperationType.QUERY


# All of one document's: a valid one has at least one.
Operations = list[Operation]


def weight_of(operations: Operations) -> int:
    """Return the bytes that a document takes in memory."""
    return operations[0].document.weight


class Documents:
    """The valid documents seen last; others are never kept, so they can't push these out."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, max_kept: int = MAX_KEPT) -> None:
        self._schema = schema
        self._guards = guards_of(schema)
        self._limits = limits
        self._kept: LRUCache[str, Operations] = LRUCache(max_kept, getsizeof=weight_of)

    def operations(self, text: str) -> Operations:
        """Return a valid document's operations; raises RequestErrors, CostLimitError or DepthLimitError."""
        found = self._kept.get(text)
        if found is None:
            found = self._validated(text)
            if weight_of(found) <= self._kept.maxsize:
                self._kept[text] = found
        return found

    def _validated(self, text: str) -> Operations:
        try:
            check_lines(text)
            node = parsed(text, self._limits.tokens)
            check_document(node, self._limits)
            is_proven = is_proven_valid(self._schema, node)
            errors = [] if is_proven else self._errors(node)
        except GraphQLError as error:
            raise RequestErrors([error], PARSE_FAILED) from error
        except RecursionError:
            raise DepthLimitError("The document is nested too deeply.") from None
        if errors:
            raise RequestErrors(errors, VALIDATION_FAILED)
        introspects = not is_proven and self._introspects(node)
        # The text stands in the key, and its strings once more in the document.
        weight = 2 * sys.getsizeof(text) + TOKEN_BYTES * node.token_count
        fragments = fragments_of(node)
        document = Document(node, fragments, introspects, weight)
        conditions = condition_variables(node)
        return [
            self._operation(document, each, conditions)
            for each in node.definitions
            if isinstance(each, OperationDefinitionNode)
        ]

    def _operation(
        self, document: Document, definition: OperationDefinitionNode, conditions: tuple[str, ...]
    ) -> Operation:
        variables = Variables(self._schema, definition.variable_definitions or ())
        name = definition.name.value if definition.name else None
        needed = requirements_of(self._schema, self._guards, definition, document.fragments)
        return Operation(document, definition, variables, conditions_of(definition, conditions), name, needed)

    def _errors(self, node: DocumentNode) -> list[GraphQLError]:
        return validate(self._schema, node, max_errors=MAX_ERRORS, hide_suggestions=True)

    def _introspects(self, node: DocumentNode) -> bool:
        return bool(validate(self._schema, node, [NoSchemaIntrospectionCustomRule], max_errors=1))


def condition_variables(node: DocumentNode) -> tuple[str, ...]:
    """Return the variables that a document's @skip and @include name."""
    names: set[str] = set()
    for selection in selections_of(node):
        for directive in selection.directives or ():
            values = [argument.value for argument in directive.arguments or ()]
            names |= {value.name.value for value in values if isinstance(value, VariableNode)}
    return tuple(sorted(names))


def selections_of(node: DocumentNode) -> Iterator[SelectionNode]:
    """Yield a document's fields, spreads and inline fragments, each as often as it is written."""
    waiting = [each.selection_set for each in node.definitions if isinstance(each, ExecutableDefinitionNode)]
    for selections in waiting:
        for selection in selections.selections:
            yield selection
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                waiting.append(selection.selection_set)


def conditions_of(operation: OperationDefinitionNode, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of a document's conditions that one operation defines as Booleans; another may not."""
    definitions = operation.variable_definitions or () if names else ()
    booleans = {each.variable.name.value for each in definitions if print_ast(each.type).rstrip("!") == "Boolean"}
    return tuple(name for name in names if name in booleans)


def chosen(operations: Operations, name: str | None) -> Operation:
    """Return the operation with a name, or the only one; raises OperationResolutionError."""
    if name is None:
        if len(operations) == 1:
            return operations[0]
        raise OperationResolutionError(
            f"The document has {len(operations)} operations; operationName must say which one to run."
        )
    for operation in operations:
        if operation.name == name:
            return operation
    raise OperationResolutionError("The document has no operation with this name.")


def coerced(schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any]) -> VariableValues:
    """Return the variables as their definitions make them; raises RequestErrors where they don't fit."""
    values = operation.variables.quickly(variables)
    if values is not None:
        return values
    definitions = operation.definition.variable_definitions or ()
    result = get_variable_values(
        schema, definitions, dict(variables), max_errors=MAX_ERRORS, hide_suggestions=True
    )
    if isinstance(result, list):
        raise RequestErrors(result, "BAD_USER_INPUT")
    return result
