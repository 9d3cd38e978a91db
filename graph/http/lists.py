"""The rows of the one list that a query asks for, in place of its answer: for who takes CSV, or lines of JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import ExecutionResult, get_nullable_type, is_leaf_type, is_list_type

from graph.errors import BadUserInputError, NotAcceptableError
from graph.execution.arguments import Values
from graph.execution.flat import Table
from graph.execution.run import Prepared
from graph.execution.tree import Field, Selection
from graph.http import media
from graph.http.exchange import Exchange
from graph.http.reply import Whole


@dataclass(frozen=True, slots=True)
class OneList:
    """The response names that lead to a list in an answer, and its table; without one the rows are JSON."""

    keys: Sequence[str]
    table: Table | None

    def write(self, exchange: Exchange, result: ExecutionResult, reply: Whole) -> Whole:
        """Return the reply with the rows alone; where something failed, all in JSON, with an error's status."""
        if result.errors:
            exchange.media_type = media.JSON
            return Whole(status_of(reply), reply.content, reply.headers)
        # Some of them may be JSON already.
        rows: Any = orjson.loads(orjson.dumps(result.data))
        for key in self.keys:
            rows = (rows or {}).get(key)
        rows = rows or ()
        if self.table is not None:
            content = self.table.header() + self.table.lines(rows)
        else:
            content = b"".join([orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows])
        return Whole(200, content, reply.headers)


def list_for(exchange: Exchange, prepared: Prepared) -> OneList | None:
    """Return the list that is asked for by itself, if one is; raises NotAcceptableError where there is none."""
    operation, values = prepared.operation, prepared.values
    if exchange.media_type not in media.TABLES or exchange.is_several or operation.goes_on:
        return None
    is_run = operation.is_query and not (operation.is_foreign or exchange.is_dry or prepared.is_dry)
    found = rows_in(operation.root, values) if is_run else None
    if found is None:
        raise NotAcceptableError(
            f"{exchange.media_type} has the rows of a single list: ask for nothing else, as in "
            "{ companies { nodes { npi name } } }, or with edges { cursor node { npi } } to page on; "
            f"or accept {media.JSON}."
        )
    keys, field = found
    return OneList(keys, None if exchange.media_type == media.JSON_LINES else table_of(field, values))


def table_of(field: Field, values: Values) -> Table:
    """Return the table of a list's rows; raises NotAcceptableError where something of them has no column."""
    if len(field.selections) != 1:
        raise NotAcceptableError(
            f"The items of {field.key} can be of several types, which fit no table; accept {media.JSON_LINES}."
        )
    [selection] = field.selections.values()
    try:
        return Table.of(selection, values)
    except BadUserInputError as error:
        raise NotAcceptableError(error.message) from None


def rows_in(selection: Selection, values: Values) -> tuple[Sequence[str], Field] | None:
    """Return the one list that is asked for, and what leads to it; None where anything else is, too."""
    keys: list[str] = []
    while True:
        found = selection.included(values)
        if len(found) != 1 or is_leaf_type(found[0][0].fact.named):
            return None
        [(field, _)] = found
        keys.append(field.key)
        if is_list_type(get_nullable_type(field.fact.type)):
            return keys, field
        if len(field.selections) != 1:
            return None
        [selection] = field.selections.values()


def status_of(reply: Whole) -> int:
    """Return the gravest status of an answer's errors."""
    return max(int(each["extensions"]["status"]) for each in orjson.loads(reply.content)["errors"])
