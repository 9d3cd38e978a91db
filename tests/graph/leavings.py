"""What is left to Python's garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Where the classes are from that hold all the rest: dictionaries, frames and the like are also left by the tests
# themselves, and by what they ask with.
OURS = ("graph", "db", "uvicorn", "starlette", "sqlalchemy", "asyncpg")


@contextmanager
def leavings() -> Iterator[list[str]]:
    """The classes of the objects that what happens in the block leaves to the collector."""
    found: list[str] = []
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += [type(each).__qualname__ for each in gc.garbage if type(each).__module__.startswith(OURS)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
