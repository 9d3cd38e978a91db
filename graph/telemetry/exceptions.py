"""An exception as it is logged: where it was raised, and what it says unless that may be somebody's data."""

from collections.abc import Iterator
from traceback import format_tb
from typing import Final

from db.failures import words_of

CAUSED: Final = "\nThe above exception was the direct cause of the following exception:\n\n"
DURING: Final = "\nDuring handling of the above exception, another exception occurred:\n\n"
OPENING: Final = "Traceback (most recent call last):\n"

# Exceptions of one chain, or of one group, that are told.
MOST: Final = 10


def stack_of(error: BaseException) -> str:
    """Return an exception with what led to it, as Python prints it, each with `words_of` as its message."""
    chain: list[tuple[str, BaseException]] = []
    told: BaseException | None = error
    while told is not None and len(chain) < MOST:
        link = CAUSED if told.__cause__ is not None else DURING
        chain.append((link, told))
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    links = ["", *(link for link, _ in reversed(chain[:-1]))]
    return "".join(
        f"{link}{''.join(_lines_of(each))}" for link, (_, each) in zip(links, reversed(chain), strict=True)
    ).rstrip("\n")


def _lines_of(error: BaseException) -> Iterator[str]:
    """Yield where an exception was raised, and what it says; of a group each of them, too."""
    if error.__traceback__ is not None:
        yield OPENING
        yield from format_tb(error.__traceback__)
    yield f"{named(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions[:MOST]:
            yield "".join(f"  | {line}\n" for line in stack_of(each).splitlines())


def named(error: BaseException) -> str:
    """Return an exception's type, and what it says."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    words = words_of(error)
    return name if words == kind.__name__ else f"{name}: {words}"
