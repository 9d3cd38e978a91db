"""URLs of servers as people write them: a user, a password of any characters, hosts, a path, parameters."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

# What a URL ends the user and the password with, or begins something else with.
ENCODED = "`@`, `:`, `/`, `?`, `#` and `%` as %40, %3A, %2F, %3F, %23 and %25"

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]|[\w.~%-]*)(?::(?P<port>[0-9]*))?")
_TAIL = r"(?:/(?P<path>[^?#@]*))?(?:\?(?P<query>[^#]*))?"
_AFTER = re.compile(rf"(?P<hosts>[^/?#@]*){_TAIL}")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
HIGHEST_PORT = 65535


class UrlError(ValueError):
    """What is wrong with a URL, to follow its name and a colon; never with anything of its user or password."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a URL, decoded; hosts are (name or address, port), each empty where it isn't said."""

    user: str
    # None where there is none, which is not the same as an empty one.
    password: str | None
    hosts: tuple[tuple[str, str], ...]
    path: str
    parameters: dict[str, str]


def read_parts(rest: str) -> Parts:
    """Read what follows `scheme://`; what a password should have encoded stands for itself where its end is clear.

    Raises UrlError where it isn't clear, or something can't be what it is.
    """
    plain = re.fullmatch(rf"(?:(?P<account>[^/?#]*)@)?{_AFTER.pattern}", rest)
    if plain and "@" not in rest[plain.end("account") + 1 :] and are_hosts(plain["hosts"]):
        return parts_of(plain["account"], plain)
    ends = [(found.start(), _AFTER.fullmatch(rest, found.end())) for found in re.finditer("@", rest)]
    readings = [(place, after) for place, after in ends if after and are_hosts(after["hosts"])]
    if len(readings) != 1:
        raise UrlError(reason(rest))
    [(place, after)] = readings
    return parts_of(rest[:place], after)


def has_password(url: str) -> bool:
    """Tell whether a URL that can be read holds a password."""
    parts = read_parts(url.partition("://")[2])
    return parts.password is not None or "password" in parts.parameters


def are_hosts(text: str) -> bool:
    """Tell whether a text lists hosts with their ports."""
    return all(_HOST.fullmatch(each) for each in text.split(","))


def parts_of(account: str | None, after: "re.Match[str]") -> Parts:
    """Return the parts of a URL whose account, hosts, path and parameters are told apart."""
    user, colon, password = (account or "").partition(":")
    hosts = tuple(host_of(each) for each in after["hosts"].split(",")) if after["hosts"] else ()
    return Parts(
        user=decoded(user),
        password=decoded(password) if colon else None,
        hosts=hosts,
        path=decoded(after["path"] or ""),
        parameters=parameters_in(after["query"] or ""),
    )


def host_of(text: str) -> tuple[str, str]:
    """Return a host and its port; the brackets of an IPv6 address go."""
    name, _, port = text.rpartition(":") if (found := _HOST.fullmatch(text)) and found["port"] else (text, "", "")
    check_port(port)
    name = name.removesuffix(":")
    return (name[1:-1] if name.startswith("[") else decoded(name)), port


def check_port(port: str) -> None:
    """Refuse what can't be a port; none is one."""
    if port and not (port.isascii() and port.isdigit() and 1 <= int(port) <= HIGHEST_PORT):
        raise UrlError("its port is no number from 1 to 65535")


def parameters_in(query: str) -> dict[str, str]:
    """Return the parameters of a URL that have a value; of two with one name the last."""
    found = {}
    for each in filter(None, query.split("&")):
        name, equals, value = each.partition("=")
        if not equals:
            raise UrlError("what follows its `?` must be like name=value, with & between several")
        found[decoded(name)] = decoded(value)
    return {name: value for name, value in found.items() if value}


def decoded(text: str) -> str:
    """Return a text with %40 and the like decoded; a `%` that can't be the begin of one stands for itself."""
    try:
        return unquote(_LONE_PERCENT.sub("%25", text), errors="strict")
    except UnicodeDecodeError:
        raise UrlError("a `%` in it is followed by what is no text; write `%` itself as %25") from None


def encoded(text: str) -> str:
    """Return a text as any part of a URL may hold it."""
    return quote(text, safe="")


def account_of(user: str, password: str | None) -> str:
    """Return a user and a password as a URL begins with them."""
    if not user and password is None:
        return ""
    return encoded(user) + ("" if password is None else f":{encoded(password)}") + "@"


def reason(rest: str) -> str:
    """Say why a URL can't be read."""
    authority = re.split(r"[/?#]", rest.rpartition("@")[2], maxsplit=1)[0]
    if re.fullmatch(r"(\[[^\]]*\]|[\w.~%-]*):[^:,]*", authority):
        return "its port is no number from 1 to 65535"
    if authority.count(":") > 1 and "[" not in authority and "," not in authority:
        return "an IPv6 address in it needs brackets, as in [::1]"
    return f"it can't be told apart; write {ENCODED} in its user, password and database"
