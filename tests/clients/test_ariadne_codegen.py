"""ariadne-codegen: the client that it makes of the schema and a query, with Python's types for the scalars."""

import pytest

from tests.clients.conftest import token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients


@pytest.fixture
def generated(python_shop: Workshop) -> Workshop:
    """A folder with the package that it makes."""
    python_shop.variables["TOKEN"] = token("viewer")
    python_shop.use("ariadne-codegen")
    python_shop.take("pyproject.toml", "queries.graphql")
    python_shop.follow("ariadne-codegen")
    return python_shop


def test_its_client_has_the_scalars_types(generated: Workshop) -> None:
    (line,) = generated.python("ariadne-codegen", "companies_ariadne.py").splitlines()
    assert line.startswith("ABERNATHY COUNTY HEALTH DEPARTMENT +1")
    assert line.endswith(" UTC")


def test_the_data_stands_in_its_exception(generated: Workshop) -> None:
    del generated.variables["TOKEN"]
    (line,) = generated.python("ariadne-codegen", "companies_ariadne.py").splitlines()
    assert line == "FORBIDDEN beside ABERNATHY COUNTY HEALTH DEPARTMENT"
