"""The URLs of replicas as people write them."""

import pytest

from db.urls import UrlError
from graph.environment.replica_urls import read_replica_urls

ONE, TWO = "postgresql://ariesone@db2/ariesone", "postgres://ariesone:a%20b@db3:5433/ariesone?sslmode=require"


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n", " , \n"])
def test_urls_stand_side_by_side_with_blanks_or_commas_between(between: str) -> None:
    assert read_replica_urls(f"{ONE}{between}{TWO}{between}") == [ONE, TWO]


def test_a_comma_in_one_stands_between_its_hosts() -> None:
    both = "postgresql://db2,db3/ariesone?target_session_attrs=prefer-standby"
    assert read_replica_urls(f"{both},{ONE}?port=1") == [both, f"{ONE}?port=1"]


def test_a_password_that_is_said_apart_is_for_those_that_have_none() -> None:
    assert read_replica_urls(f"{ONE} {TWO}", "sesame") == [f"{ONE}?password=sesame", TWO]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mysql://db2/ariesone", "it must start with postgresql://"),
        (f"{ONE}, db3", "each of several must start with postgresql://"),
        (f"{ONE} {ONE}?application_name=x", "it names db2:5432 twice"),
        ("postgresql://ariesone:secret@db2", "it names no database"),
    ],
)
def test_what_is_wrong_is_told_without_a_password(text: str, reason: str) -> None:
    with pytest.raises(UrlError) as raised:
        read_replica_urls(text)
    assert reason in str(raised.value)
    assert "secret" not in str(raised.value)
