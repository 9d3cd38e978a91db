"""A document and its operations: parsed, measured and validated once, chosen by name for a request."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from graph.errors import PARSE_FAILED, VALIDATION_FAILED, DepthLimitError, OperationResolutionError
from graph.limits import Fragments, Limits, check_document, fragments_of

# Errors listed for one document or one set of variables; who has more mends these first.
MAX_ERRORS = 5
# Characters of a document: 2,000 tokens of honest length, with descriptions and indentation.
MAX_CHARACTERS = 100_000


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


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document."""

    document: Document
    definition: OperationDefinitionNode

    @property
    def name(self) -> str | None:
        """Return its name, where it has one."""
        return self.definition.name.value if self.definition.name else None

    @property
    def is_query(self) -> bool:
        """Return whether it only reads."""
        return self.definition.operation is OperationType.QUERY


class Documents:
    """The valid documents seen last; others are never kept, so they can't push these out."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, size: int = 1024) -> None:
        self._schema = schema
        self._limits = limits
        self._size = size
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def document(self, text: str, *, hide_suggestions: bool = True) -> Document:
        """Return a valid document; raises RequestErrors, CostLimitError or DepthLimitError."""
        found = self._documents.get(text)
        if found is not None:
            self._documents.move_to_end(text)
            return found
        found = self._documents[text] = self._validated(text, hide_suggestions=hide_suggestions)
        if len(self._documents) > self._size:
            self._documents.popitem(last=False)
        return found

    def _validated(self, text: str, *, hide_suggestions: bool) -> Document:
        try:
            node = parse(text, max_tokens=self._limits.tokens, max_source_length=MAX_CHARACTERS)
            check_document(node, self._limits)
            errors = validate(self._schema, node, max_errors=MAX_ERRORS, hide_suggestions=hide_suggestions)
        except GraphQLError as error:
            raise RequestErrors([error], PARSE_FAILED) from error
        except RecursionError:
            raise DepthLimitError("The document is nested too deeply.") from None
        if errors:
            raise RequestErrors(errors, VALIDATION_FAILED)
        introspects = bool(validate(self._schema, node, [NoSchemaIntrospectionCustomRule], max_errors=1))
        return Document(node, fragments_of(node), introspects)


def chosen(document: Document, name: str | None) -> Operation:
    """Return the operation with a name, or the only one; raises OperationResolutionError."""
    operations = [node for node in document.node.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) == 1:
            return Operation(document, operations[0])
        raise OperationResolutionError(
            f"The document has {len(operations)} operations; operationName must say which one to run."
        )
    for operation in operations:
        if operation.name and operation.name.value == name:
            return Operation(document, operation)
    raise OperationResolutionError("The document has no operation with this name.")


def coerced(schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the variables as their definitions make them; raises RequestErrors where they don't fit."""
    definitions = operation.definition.variable_definitions or ()
    result = get_variable_values(
        schema, definitions, dict(variables), max_errors=MAX_ERRORS, hide_suggestions=True
    )
    if isinstance(result, list):
        raise RequestErrors(result, "BAD_USER_INPUT")
    return result.coerced
