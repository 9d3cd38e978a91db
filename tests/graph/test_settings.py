"""Settings: what they leave to the objects that they are for."""

from db.engine import PoolOptions
from graph.settings import Settings


def test_the_pool_has_the_same_defaults_with_and_without_settings() -> None:
    assert Settings.model_construct().pool_options() == PoolOptions()
