"""An operation: parsed and validated once for a document, chosen by name for a request."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from graph.errors import PARSE_FAILED, VALIDATION_FAILED, OperationResolutionError


class RequestErrors(Exception):  # noqa: N818 - it holds errors, it isn't one
    """A request that can't be executed: its errors, and the code of those that have none of their own."""

    def __init__(self, errors: list[GraphQLError], code: str) -> None:
        super().__init__(code)
        self.errors = errors
        self.code = code


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document."""

    document: DocumentNode
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
    """The valid documents seen last, parsed and validated; others are never kept."""

    def __init__(self, schema: GraphQLSchema, size: int = 1024) -> None:
        self._schema = schema
        self._size = size
        self._documents: OrderedDict[str, DocumentNode] = OrderedDict()

    def operation(self, text: str, name: str | None) -> Operation:
        """Return the operation to run; raises RequestErrors or OperationResolutionError."""
        document = self._documents.get(text)
        if document is None:
            document = self._documents[text] = self._validated(text)
            if len(self._documents) > self._size:
                self._documents.popitem(last=False)
        else:
            self._documents.move_to_end(text)
        return Operation(document, chosen(document, name))

    def _validated(self, text: str) -> DocumentNode:
        try:
            document = parse(text)
        except GraphQLError as error:
            raise RequestErrors([error], PARSE_FAILED) from error
        except RecursionError as error:
            too_deep = GraphQLError("The document is nested too deeply.")
            raise RequestErrors([too_deep], PARSE_FAILED) from error
        errors = validate(self._schema, document)
        if errors:
            raise RequestErrors(errors, VALIDATION_FAILED)
        return document


def chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Return the operation with a name, or the only one; raises OperationResolutionError."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) == 1:
            return operations[0]
        raise OperationResolutionError(
            f"The document has {len(operations)} operations; operationName must say which one to run."
        )
    for operation in operations:
        if operation.name and operation.name.value == name:
            return operation
    raise OperationResolutionError("The document has no operation with this name.")


def check_variables(schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any]) -> None:
    """Refuse variables that don't fit their definitions; raises RequestErrors."""
    definitions = operation.definition.variable_definitions or ()
    result = get_variable_values(schema, definitions, dict(variables), max_errors=5, hide_suggestions=True)
    if isinstance(result, list):
        raise RequestErrors(result, "BAD_USER_INPUT")
