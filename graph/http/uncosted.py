"""What requests cost the server that @cost doesn't tell of: those that are refused, and introspection."""

from graph.errors import BadUserInputError, OperationResolutionError
from graph.execution.document import RequestErrors

# A unit of cost is some 10 us. Reading a document takes 1 to 3.5 us a character, of which 2,000 tokens of usual
# length are 10,000; reading JSON takes 0.03 us a byte.
OF_CHARACTER = 0.2
MOST_CHARACTERS = 10_000
OF_BYTE = 0.003
# To answer what tools ask for the schema with takes some 40 ms, though it reads no row.
OF_INTROSPECTION = 2_000


def cost_of_body(size: int) -> float:
    """Return the cost of a body (or a URL's parameters) of so many bytes that is no request."""
    return 1 + size * OF_BYTE


def cost_of_refused(error: Exception, text: str) -> float:
    """Return the cost of an operation that was refused before it ran."""
    is_read = isinstance(error, OperationResolutionError)
    is_valid = isinstance(error, RequestErrors) and error.code == BadUserInputError.code
    if is_read or is_valid:
        # The document is kept, and its variables were the end of it.
        return 1 + len(text) * OF_BYTE
    return 1 + min(len(text), MOST_CHARACTERS) * OF_CHARACTER
