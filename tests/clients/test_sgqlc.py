"""sgqlc: its introspection, the module that it makes of it, and an operation with that."""

import pytest

from tests.clients.conftest import token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients


@pytest.fixture
def generated(python_shop: Workshop) -> Workshop:
    """A folder with the module that it makes of the schema, as it asks for it."""
    python_shop.variables["TOKEN"] = token("viewer")
    python_shop.use("sgqlc")
    python_shop.follow("sgqlc")
    return python_shop


def test_a_token_opens_the_schema_and_a_telephone(generated: Workshop) -> None:
    (line,) = generated.python("sgqlc", "companies_sgqlc.py").splitlines()
    assert line.startswith("2030586814 ABERNATHY COUNTY HEALTH DEPARTMENT +1")
    assert line.endswith(" 2015-08-15")


def test_without_one_the_error_is_beside_the_data(generated: Workshop) -> None:
    del generated.variables["TOKEN"]
    assert generated.python("sgqlc", "companies_sgqlc.py").splitlines() == [
        "beside the data: FORBIDDEN",
        "2030586814 ABERNATHY COUNTY HEALTH DEPARTMENT None 2015-08-15",
    ]
