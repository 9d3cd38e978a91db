"""DATABASE_URL as people have it, read into what asyncpg takes: libpq's URLs, and what other tools write there."""

import re
import ssl
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from db.urls import Parts, UrlError, account_of, check_port, encoded, read_parts

DEFAULT_PORT = "5432"
SCHEME = re.compile(r"postgres(ql)?(\+asyncpg)?://", re.IGNORECASE)

# What asyncpg reads in a URL besides user, password, hosts and database; it would send any other to the server.
TAKEN = frozenset({
    "gsslib", "krbsrvname", "passfile", "service", "ssl_max_protocol_version", "ssl_min_protocol_version",
    "sslcert", "sslcrl", "sslkey", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert",
    "target_session_attrs",
})  # fmt: skip
# What is asked of the session.
SESSION = frozenset({"application_name", "options"})

_TLS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
CHOICES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS,
    "ssl_max_protocol_version": _TLS,
    "target_session_attrs": ("any", "primary", "standby", "read-write", "read-only", "prefer-standby"),
    "gsslib": ("gssapi", "sspi"),
}
FILES = frozenset({"sslcert", "sslkey", "sslrootcert", "sslcrl", "passfile"})

# Parameters that ask for what holds anyway.
GRANTED = {
    "schema": {"public"},
    "client_encoding": {"utf8", "utf-8", "auto"},
    "channel_binding": {"disable", "prefer"},
    "gssencmode": {"disable", "prefer"},
    "sslcompression": {"0"},
    "sslsni": {"1"},
    "keepalives": {"1"},
    "load_balance_hosts": {"disable"},
    "pgbouncer": {"false", "true"},
}

# What other tools write, and what to do instead.
INSTEAD = {
    "schema": "write options=-csearch_path%3DNAME",
    "connection_limit": "set DATABASE_POOL_SIZE",
    "pool_size": "set DATABASE_POOL_SIZE",
    "max_overflow": "set DATABASE_MAX_OVERFLOW",
    "pool_timeout": "set DATABASE_POOL_TIMEOUT",
    "statement_timeout": "set DATABASE_STATEMENT_TIMEOUT",
    "command_timeout": "set DATABASE_STATEMENT_TIMEOUT",
    "socket_timeout": "set DATABASE_STATEMENT_TIMEOUT",
    "statement_cache_size": "set DATABASE_PGBOUNCER=true for a PgBouncer",
    "prepared_statement_cache_size": "set DATABASE_PGBOUNCER=true for a PgBouncer",
    "preparethreshold": "set DATABASE_PGBOUNCER=true for a PgBouncer",
    "sslaccept": "write sslmode=require, or sslmode=verify-full with sslrootcert",
    "ssl": "write sslmode=require, or sslmode=verify-full with sslrootcert",
    "channel_binding": "leave it out, the driver can't bind channels",
    "search_path": "write options=-csearch_path%3DNAME",
}

# Where systems keep the certificates that they trust.
SYSTEM_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, as asyncpg and libpq take it."""

    # Holds the password; what is asked of the session is left out.
    dsn: str = field(repr=False)
    # The same without the password, to be shown.
    public: str
    password: str | None = field(repr=False)
    # Seconds that connecting may take; None where the URL doesn't say.
    connect_timeout: float | None
    session: tuple[tuple[str, str], ...]
    # Whether the URL says that it leads to a PgBouncer.
    is_pgbouncer: bool
    # Its hosts, each with its port: what it is called in logs and metrics.
    place: str


@cache
def read_address(url: str) -> Address:
    """Read the URL of a PostgreSQL.

    Raises UrlError, which names nothing of the password, for what is no such URL and for what it asks in vain.
    """
    if not SCHEME.match(url):
        raise UrlError("it must start with postgresql://")
    parts = read_parts(url.partition("://")[2])
    parameters = dict(parts.parameters)
    name = parameters.pop("dbname", "") or parameters.pop("database", "") or parts.path
    if not name and "service" not in parameters:
        raise UrlError("it names no database; end it with /NAME")
    user = parameters.pop("user", parts.user)
    password = parameters.pop("password", parts.password)
    every = hosts_of(parts, parameters.pop("host", ""), parameters.pop("port", ""))
    places, hosts = written(every)
    timeout = timeout_of(parameters.pop("connect_timeout", ""))
    session = session_of(parameters)
    is_pgbouncer = parameters.get("pgbouncer") == "true"
    taken = dict(
        check(key, value) for key, value in parameters.items() if key in TAKEN or not is_granted(key, value)
    )
    query = "&".join(f"{key}={encoded(value)}" for key, value in (hosts | taken).items())
    rest = f"{places}{'/' * bool(name)}{encoded(name)}{'?' * bool(query)}{query}"
    dsn, public = (f"postgresql://{account_of(user, shown)}{rest}" for shown in (password, None))
    return Address(dsn, public, password, timeout, session, is_pgbouncer, place_of(every))


def with_password(url: str, password: str) -> str:
    """Return a URL with a password of any characters in it. Raises what `read_address` raises."""
    return f"{url}{'&' if '?' in url else '?'}password={encoded(password)}" if read_address(url) else url


def hosts_of(parts: Parts, hosts: str, ports: str) -> list[tuple[str, str]]:
    """Return the hosts, each with its port; parameters go before what stands in front of the path, as in libpq."""
    found = [(name.strip("[]"), "") for name in hosts.split(",")] if hosts else list(parts.hosts)
    given = ports.split(",") if ports else [port for _, port in found]
    found = found or [("", "") for _ in given]
    if len(given) not in {1, len(found)}:
        raise UrlError("it has another number of ports than of hosts")
    for port in given:
        check_port(port)
    if len(found) > 1 and not all(name for name, _ in found):
        raise UrlError("one of its hosts is empty")
    every = given * len(found) if len(given) == 1 else given
    return [(name, port) for (name, _), port in zip(found, every, strict=True)]


def written(hosts: list[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """Return hosts as they stand before the path, or as parameters where one is the folder of a socket."""
    if all(name and not name.startswith("/") for name, _ in hosts):
        names = [f"[{name}]" if ":" in name else encoded(name) for name, _ in hosts]
        return ",".join(
            f"{name}:{port}" if port else name for name, (_, port) in zip(names, hosts, strict=True)
        ), {}
    parameters = {
        "host": ",".join(name for name, _ in hosts),
        "port": ",".join(port or DEFAULT_PORT for _, port in hosts) if any(port for _, port in hosts) else "",
    }
    return "", {key: value for key, value in parameters.items() if value}


def place_of(hosts: list[tuple[str, str]]) -> str:
    """Return hosts and ports as people call them."""
    named = [(f"[{name}]" if ":" in name else name or "localhost", port) for name, port in hosts]
    return ",".join(f"{name}:{port or DEFAULT_PORT}" for name, port in named) or f"localhost:{DEFAULT_PORT}"


def timeout_of(value: str) -> float | None:
    """Return the seconds of connect_timeout."""
    if not value:
        return None
    if not value.isdecimal() or not int(value):
        raise UrlError("its connect_timeout must be a whole number of seconds above 0")
    return float(value)


def session_of(parameters: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Take what is asked of the session out of the parameters."""
    fallback = parameters.pop("fallback_application_name", "")
    if fallback:
        parameters.setdefault("application_name", fallback)
    return tuple((name, parameters.pop(name)) for name in sorted(SESSION & parameters.keys()))


def is_granted(name: str, value: str) -> bool:
    """Tell whether a parameter asks for what holds anyway; raises UrlError where it asks in vain."""
    if value.lower() in GRANTED.get(name, ()):
        return True
    if name in TAKEN:
        return False
    raise UrlError(f"its {name[:40]!r} isn't known here; {INSTEAD.get(name.lower(), 'leave it out')}")


def check(name: str, value: str) -> tuple[str, str]:
    """Return a parameter that asyncpg knows, its value checked."""
    if name in CHOICES and value not in CHOICES[name]:
        *others, last = CHOICES[name]
        raise UrlError(f"its {name} must be {', '.join(others)} or {last}")
    if name == "sslrootcert" and value == "system":
        return name, system_certificates()
    if name in FILES and not Path(value).is_file():
        raise UrlError(f"its {name} names a file that isn't there")
    return name, value


def system_certificates() -> str:
    """Return the file of the certificates that this system trusts."""
    places = (ssl.get_default_verify_paths().cafile, *SYSTEM_CERTIFICATES)
    found = next((place for place in places if place and Path(place).is_file()), None)
    if found is None:
        raise UrlError("its sslrootcert is system, but this system has no file of certificates; name one")
    return found
