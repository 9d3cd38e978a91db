"""A directory that is written while others listen."""

from tests.graph.mutations.conftest import mutate

__all__ = ["mutate"]
