"""DATABASE_URL as people have it: it works, or one sentence says why not, and never with a password in it."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import text

from db.address import read_address, with_password
from db.engine import Database, connection_to
from db.statement import compiled
from db.urls import UrlError

SETTING = "SELECT current_setting($1)"


@pytest.mark.parametrize(
    ("url", "dsn"),
    [
        ("postgres://u:p%40@h:1/d", "postgresql://u:p%40@h:1/d"),
        ("postgresql+asyncpg://h/d", "postgresql://h/d"),
        ("POSTGRES://h/d", "postgresql://h/d"),
        ("postgresql://h/d?host=/run", "postgresql:///d?host=%2Frun"),
        ("postgresql://%2Frun%2Fpg:6543/d", "postgresql:///d?host=%2Frun%2Fpg&port=6543"),
        ("postgresql:///d?host=/run&port=7", "postgresql:///d?host=%2Frun&port=7"),
        ("postgresql://h1:5432,h2:5433/d", "postgresql://h1:5432,h2:5433/d"),
        ("postgresql:///d?host=h1,h2&port=7", "postgresql://h1:7,h2:7/d"),
        ("postgresql://u@[::1]:5/d", "postgresql://u@[::1]:5/d"),
        ("postgresql://u@h/?dbname=d", "postgresql://u@h/d"),
        ("postgresql://h/d?user=u&password=a%26b", "postgresql://u:a%26b@h/d"),
        ("postgresql://h/d?sslmode=require", "postgresql://h/d?sslmode=require"),
        ("postgresql://h/d?target_session_attrs=read-write", "postgresql://h/d?target_session_attrs=read-write"),
        ("postgresql://?service=directory", "postgresql://?service=directory"),
        # What holds anyway is left out.
        ("postgresql://h/d?schema=public&channel_binding=prefer&keepalives=1", "postgresql://h/d"),
        ("postgresql://h/d?sslmode=", "postgresql://h/d"),
    ],
)
def test_a_url_is_read_as_libpq_reads_it(url: str, dsn: str) -> None:
    assert read_address(url).dsn == dsn


@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("p@ss", "p%40ss"),
        ("p/ss", "p%2Fss"),
        ("p#ss", "p%23ss"),
        ("p?ss", "p%3Fss"),
        ("p%ss", "p%25ss"),
        ("p%", "p%25"),
        ("p:ss", "p%3Ass"),
        ("a@b/c?d#e", "a%40b%2Fc%3Fd%23e"),
        ("1/2", "1%2F2"),
        ("p[ss", "p%5Bss"),
        ("a+b c", "a%2Bb%20c"),
        ("p%40ss", "p%40ss"),
        ("", ""),
    ],
)
def test_a_password_stands_for_itself_where_its_end_is_clear(written: str, password: str) -> None:
    assert read_address(f"postgresql://u:{written}@h:5432/d").dsn == f"postgresql://u:{password}@h:5432/d"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://u:sesame@h/d", "it must start with postgresql://"),
        ("host=h dbname=d password=sesame", "it must start with postgresql://"),
        ("postgresql://u:sesame@h:abc/d", "its port is no number from 1 to 65535"),
        ("postgresql://u:sesame@h:99999/d", "its port is no number from 1 to 65535"),
        ("postgresql://u:sesame@h:0/d", "its port is no number from 1 to 65535"),
        ("postgresql://u:sesame", "its port is no number from 1 to 65535"),
        ("postgresql://h/d?port=sesame", "its port is no number from 1 to 65535"),
        ("postgresql://u:sesame@h", "it names no database; end it with /NAME"),
        ("postgresql://u:sesame@h/", "it names no database; end it with /NAME"),
        ("postgresql://u:sesame@::1/d", "an IPv6 address in it needs brackets, as in [::1]"),
        ("postgresql://u:sesame@h1,/d", "one of its hosts is empty"),
        ("postgresql://h1,h2,h3/d?port=1,2", "it has another number of ports than of hosts"),
        ("postgresql://u:sesame@1?sesame=x@h/d", "it can't be told apart; write `@`"),
        ("postgresql://u:sesame%ff@h/d", "a `%` in it is followed by what is no text; write `%` itself as %25"),
        ("postgresql://u:sesame@h/d#x", "it can't be told apart; write `@`"),
        ("postgresql://h/d?sesame", "what follows its `?` must be like name=value, with & between several"),
        ("postgresql://h/d?connect_timeout=3s", "its connect_timeout must be a whole number of seconds above 0"),
        ("postgresql://h/d?connect_timeout=0", "its connect_timeout must be a whole number of seconds above 0"),
        ("postgresql://h/d?schema=clinic", "its 'schema' isn't known here; write options=-csearch_path%3DNAME"),
        ("postgresql://h/d?connection_limit=5", "its 'connection_limit' isn't known here; set DATABASE_POOL_SIZE"),
        ("postgresql://h/d?sslaccept=strict", "its 'sslaccept' isn't known here; write sslmode=require, or"),
        ("postgresql://h/d?ssl=true", "its 'ssl' isn't known here; write sslmode=require, or"),
        ("postgresql://h/d?channel_binding=require", "its 'channel_binding' isn't known here; leave it out, the"),
        ("postgresql://h/d?foo=sesame", "its 'foo' isn't known here; leave it out"),
        ("postgresql://h/d?sslmode=on", "its sslmode must be disable, allow, prefer, require, verify-ca or"),
        ("postgresql://h/d?target_session_attrs=x", "its target_session_attrs must be any, primary, standby,"),
        ("postgresql://h/d?sslrootcert=/nowhere", "its sslrootcert names a file that isn't there"),
        ("postgresql://h/d?passfile=/nowhere", "its passfile names a file that isn't there"),
    ],
)
def test_what_a_url_asks_in_vain_is_told_without_its_password(url: str, told: str) -> None:
    with pytest.raises(UrlError) as raised:
        read_address(url)
    assert str(raised.value).startswith(told)
    assert "sesame" not in str(raised.value)


def test_a_url_may_say_that_it_is_a_pgbouncer_and_how_long_connecting_takes() -> None:
    assert read_address("postgresql://h/d?pgbouncer=true").is_pgbouncer
    assert not read_address("postgresql://h/d?pgbouncer=false").is_pgbouncer
    assert read_address("postgresql://h/d?connect_timeout=3").connect_timeout == 3.0
    assert read_address("postgresql://h/d").connect_timeout is None


@pytest.mark.parametrize("url", ["postgresql://u@h/d", "postgresql://u@h/d?sslmode=disable"])
def test_a_password_of_any_characters_comes_beside_the_url(url: str) -> None:
    dsn = read_address(with_password(url, "a/b@c%d$e#f?g&h=i+j k")).dsn
    assert dsn.startswith("postgresql://u:a%2Fb%40c%25d%24e%23f%3Fg%26h%3Di%2Bj%20k@h/d")


async def test_what_is_asked_of_the_session_holds_for_reads_transactions_and_loads(database_url: str) -> None:
    url = f"{database_url}&application_name=clinic&options=-c%20work_mem%3D5MB"
    asked = compiled(
        text("SELECT current_setting('application_name') AS name, current_setting('work_mem') AS mem")
    )
    async with Database.open(url) as database, database.transaction() as connection:
        [read] = await database.read(asked)
        [written] = await connection.read(asked)
    async with connection_to(url) as loading:
        loaded = [await loading.fetchval(SETTING, name) for name in ("application_name", "work_mem")]
    assert (read["name"], read["mem"]) == tuple(written) == tuple(loaded) == ("clinic", "5MB")


async def test_a_server_is_found_by_the_service_of_a_file(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, name = database_url.partition("host=")[2], database_url.partition("?")[0].rpartition("/")[2]
    file = tmp_path / "services"
    file.write_text(f"[directory]\nhost={unquote(host)}\ndbname={name}\nuser=ariesone\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    async with connection_to("postgresql://?service=directory") as connection:
        assert await connection.fetchval("SELECT current_database()") == name
