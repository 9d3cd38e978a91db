"""A document and its operations: parsed, bounded, validated and read once, chosen by name for a request."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cachetools import LRUCache
from graphql import (
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    strip_ignored_characters,
)

from graph.cache.demand import Demand
from graph.cache.worth import Worth
from graph.errors import PARSE_FAILED, VALIDATION_FAILED, DepthLimitError, OperationResolutionError
from graph.execution.arguments import Values, Variable
from graph.execution.bounds import Limits, check_lines
from graph.execution.cost import Weight
from graph.execution.dry_run import telling_part
from graph.execution.facts import Facts
from graph.execution.sharing import NOT_KEPT, CachePolicy, policy_of
from graph.execution.source import LinedSource, parse_source
from graph.execution.sources import Move, Read
from graph.execution.tree import Selection, fields_in
from graph.execution.uses import Types, Uses
from graph.execution.validation import MAX_ERRORS, errors_in
from graph.execution.variables import Variables
from graph.execution.walk import WalkedOperation, walk
from graph.roles.needs import Needs
from graph.telemetry.operations import ToldOperation
from graph.use import Use

# Bytes that documents are kept in: some 200 of 70 tokens. Python's collector walks through all that is kept
# while nobody is answered: 204 such documents took it 14 to 66 ms, by how busy the machine was.
MAX_KEPT = 8 * 1024 * 1024
# Bytes of a kept document for each of its tokens, and for each field with its fragments spread.
TOKEN_BYTES = 60
FIELD_BYTES = 700


class RequestErrors(Exception):  # noqa: N818 - it holds errors, it isn't one
    """A request that can't be executed: its errors, and the code of those that have none of their own."""

    def __init__(self, errors: Sequence[GraphQLError], code: str) -> None:
        super().__init__(code)
        self.errors = list(errors[:MAX_ERRORS])
        self.code = code


@dataclass(slots=True, eq=False)
class Operation:
    """One operation of a valid document, and what is kept with it for the next time."""

    source: LinedSource
    name: str | None
    kind: OperationType
    root: Selection
    variables: Variables
    needs: Needs
    # Variables that decide which fields there are; and those that decide, by whether they are null, how rows come.
    conditions: tuple[str, ...]
    nullables: tuple[str, ...]
    # Whether it asks for the schema; and whether only graphql-core can answer it, for this or another reason.
    introspects: bool
    is_foreign: bool
    # Whether it is a mutation whose fields are done together or not at all.
    is_atomic: bool
    # Whether it is a query that is answered anew whenever its answer has changed.
    is_live: bool
    # For how long its answer may be kept, and for whom.
    policy: CachePolicy
    # Whether others may be given it by this server: not where each request is logged (graph/http/audit.py), or
    # where it goes on.
    is_shared: bool
    # Whether it may be read from a replica, a moment behind: the log tells of all in it, and it is as of now.
    may_lag: bool
    # The part of its root that tells what it costs, if any does.
    telling: Selection | None
    # What it uses of what is counted, if anything; and variables that can hold more.
    use: Use | None
    watched: Types
    # Bytes in memory, more or less, of the whole document.
    weight: int
    # Kept by those who run and weigh it, by what it depends on.
    forms: dict[tuple[object, ...], Any] = field(default_factory=dict)
    weights: dict[tuple[object, ...], Weight] = field(default_factory=dict)
    # Of answers to it: whether the shared cache is asked for them, and whether this process keeps them.
    worth: Worth = field(default_factory=Worth)
    demand: Demand = field(default_factory=Demand)
    # What telemetry is told of it.
    told: ToldOperation | None = None
    _digest: bytes | None = None

    @property
    def digest(self) -> bytes:
        """Return what tells it from others, however they are laid out."""
        if self._digest is None:
            text = f"{self.name}\0{strip_ignored_characters(self.source.body)}"
            self._digest = sha256(text.encode()).digest()
        return self._digest

    @property
    def is_query(self) -> bool:
        """Return whether it only reads."""
        return self.kind is OperationType.QUERY

    @property
    def is_mutation(self) -> bool:
        """Return whether it changes something."""
        return self.kind is OperationType.MUTATION

    @property
    def is_subscription(self) -> bool:
        """Return whether it is answered for each of some events."""
        return self.kind is OperationType.SUBSCRIPTION

    @property
    def goes_on(self) -> bool:
        """Return whether it is answered again and again."""
        return self.is_subscription or self.is_live


# All of one document's: a valid one has at least one.
Operations = Sequence[Operation]


def weight_of(operations: Operations) -> int:
    """Return the bytes that a document takes in memory."""
    return operations[0].weight


class Documents:
    """The valid documents seen last; others are never kept, so they can't push these out."""

    def __init__(
        self, facts: Facts, limits: Limits, max_kept: int = MAX_KEPT, *, counts_all: bool = False
    ) -> None:
        self._facts = facts
        self._limits = limits
        self.uses = Uses(facts, counts_all=counts_all)
        self._kept: LRUCache[str, Operations] = LRUCache(max_kept, getsizeof=weight_of)

    def operations(self, text: str) -> Operations:
        """Return a valid document's operations; raises RequestErrors, CostLimitError or DepthLimitError."""
        try:
            return self._kept[text]
        except KeyError:
            pass
        found = self._read(text)
        if weight_of(found) <= self._kept.maxsize:
            self._kept[text] = found
        return found

    def _read(self, text: str) -> Operations:
        try:
            check_lines(text)
            source = LinedSource(text)
            node = parse_source(source, self._limits.tokens)
            walked = walk(self._facts, node, self._limits, self.uses)
            errors = walked.errors or ([] if walked.is_proven else errors_in(self._facts.schema, node))
        except GraphQLError as error:
            raise RequestErrors([error], PARSE_FAILED) from error
        except RecursionError:
            raise DepthLimitError("The document is nested too deeply.") from None
        if errors:
            raise RequestErrors(errors, VALIDATION_FAILED)
        # The text stands in the key, and its strings once more in the operations.
        weight = 2 * sys.getsizeof(text) + TOKEN_BYTES * node.token_count + FIELD_BYTES * walked.fields
        return [self._operation(source, node, operation, weight) for node, operation in walked.operations]

    def _operation(
        self, source: LinedSource, node: OperationDefinitionNode, walked: WalkedOperation, weight: int
    ) -> Operation:
        variables = Variables(self._facts, node.variable_definitions or ())
        needs = Needs(self._facts.guards, walked.needs, variables.defaults)
        watched = self.uses.worth_watching(variables.types)
        use = self.uses.with_variables(self.uses.of(frozenset(walked.used)), watched, variables.defaults)
        policy = policy_of(walked.root) if node.operation is OperationType.QUERY else NOT_KEPT
        return Operation(
            source=source,
            name=node.name.value if node.name else None,
            kind=node.operation,
            root=walked.root,
            variables=variables,
            needs=needs,
            conditions=tuple(walked.conditions),
            nullables=tuple(nullables_in(walked.root)),
            introspects=walked.introspects,
            is_foreign=walked.is_foreign,
            is_atomic=walked.is_atomic,
            is_live=walked.is_live,
            policy=policy,
            is_shared=policy.is_shared and not (walked.introspects or walked.is_live or needs.exclusive),
            may_lag=policy.is_shared and not (walked.is_live or has_moves(walked.root)),
            telling=telling_part(walked.root),
            use=use,
            watched=watched,
            weight=weight,
        )


def has_moves(root: Selection) -> bool:
    """Return whether a field may be read elsewhere than where the operation is: in the past."""
    for each in fields_in(root):
        match each.fact.source:
            case Read(move=Move(argument)):
                given = each.arguments
                if argument in given.varying or given.constant.get(argument) is not None:
                    return True
    return False


def nullables_in(root: Selection) -> Sequence[str]:
    """Return the variables of relations whose rows may come with their owners', and of reads that may move."""
    names: dict[str, None] = {}
    for each in fields_in(root):
        match each.fact.source:
            case Read(move=Move(argument)):
                deciding = {argument}
            case Read(nest=nest) if nest is not None:
                deciding = set(each.arguments.varying)
            case _:
                continue
        given = (given for name, (given, _) in each.arguments.varying.items() if name in deciding)
        names |= {one.name: None for one in given if isinstance(one, Variable)}
    return list(names)


def choose(operations: Operations, name: str | None) -> Operation:
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


def read_variables(operation: Operation, variables: Mapping[str, Any]) -> Values:
    """Return the variables as resolvers take them; raises RequestErrors where they don't fit."""
    found = operation.variables.read(variables)
    if isinstance(found, list):
        raise RequestErrors(found, "BAD_USER_INPUT")
    return found
