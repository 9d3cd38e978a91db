"""What comments on statements say of a request: its operation and document, and its trace where it is sampled."""

from typing import Final

from db.comments import Comment, written
from graph.telemetry.operations import OTHER, ToldOperation
from graph.telemetry.traces import Place

# Comments that a process writes into prepared statements, and those for one name of an operation: a connection
# keeps 1,024 statements, and anybody may send a document that has the name of another one.
MOST: Final = 100
MOST_OF_NAME: Final = 4
# Characters of a name, and of the hash, that are told.
LONGEST: Final = 64
HASH: Final = 16


class Comments:
    """Chooses what stands before the statements of an operation: its name, if it is one that is counted by."""

    def __init__(self) -> None:
        self._lasting: dict[tuple[str, str], str] = {}
        self._of_name: dict[str, int] = {}

    def comment_for(self, operation: ToldOperation | None, place: Place | None) -> Comment | None:
        """Return the comment on the statements of an operation, or None."""
        if operation is None:
            return None
        lasting = self._lasting_of(operation) if operation.label != OTHER else ""
        if place is not None and place.is_sampled:
            return Comment(lasting, facts_of(operation.name, operation.document, place.traceparent))
        return Comment(lasting, "") if lasting else None

    def _lasting_of(self, operation: ToldOperation) -> str:
        key = (operation.label, operation.document)
        found = self._lasting.get(key)
        if found is None:
            count = self._of_name.get(operation.label, 0)
            if len(self._lasting) >= MOST or count >= MOST_OF_NAME:
                return ""
            self._of_name[operation.label] = count + 1
            found = self._lasting[key] = facts_of(operation.label, operation.document)
        return found


def facts_of(name: str | None, document: str, traceparent: str | None = None) -> str:
    """Return what is known of an operation as a comment."""
    name = name and name[:LONGEST]
    return written({"document": document[:HASH], "operation": name, "traceparent": traceparent})


comments: Final = Comments()
