"""REDIS_URL as people have it, read into what the driver takes."""

import re
from pathlib import Path

from db.urls import Parts, UrlError, account_of, encoded, read_parts

SCHEME = re.compile(r"(redis|rediss|valkey|valkeys|unix)://", re.IGNORECASE)
# Valkey's own names for the same.
SAME = {"valkey": "redis", "valkeys": "rediss"}

DATABASES = 2**31 - 1
_YES = ("true", "false", "yes", "no", "1", "0")

# What the driver reads in a URL, and what its values are like.
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?")
_WHOLE = re.compile(r"\d{1,9}")
_TEXT = re.compile(r".*")
PARAMETERS = {
    "client_name": _TEXT,
    "health_check_interval": _WHOLE,
    "max_connections": _WHOLE,
    "protocol": re.compile(r"[23]"),
    "retry_on_timeout": re.compile("|".join(_YES), re.IGNORECASE),
    "socket_connect_timeout": _NUMBER,
    "socket_keepalive": re.compile("|".join(_YES), re.IGNORECASE),
    "socket_timeout": _NUMBER,
    "timeout": _NUMBER,
}
FILES = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
# The same for TLS.
SECURE = {
    "ssl_ca_certs": _TEXT,
    "ssl_ca_path": _TEXT,
    "ssl_cert_reqs": re.compile("none|optional|required"),
    "ssl_certfile": _TEXT,
    "ssl_check_hostname": re.compile("|".join(_YES), re.IGNORECASE),
    "ssl_ciphers": _TEXT,
    "ssl_keyfile": _TEXT,
    "ssl_password": _TEXT,
}


def read_redis_url(url: str, password: str | None = None) -> str:
    """Return a URL as the driver takes it, with a password where one is given apart.

    Raises UrlError, which names nothing of the password, for what is no such URL and for what it asks in vain.
    """
    if not SCHEME.match(url):
        raise UrlError("it must start with redis://, rediss:// or unix://")
    scheme, _, rest = url.partition("://")
    scheme = SAME.get(scheme.lower(), scheme.lower())
    parts = read_parts(rest)
    parameters = dict(parts.parameters)
    number = parameters.pop("db", "") or ("" if scheme == "unix" else parts.path.strip("/"))
    if number and not (number.isdecimal() and int(number) <= DATABASES):
        raise UrlError("its database must be a number, as in redis://host:6379/0")
    user = parameters.pop("username", parts.user)
    inside = parameters.pop("password", parts.password)
    account = account_of(user, inside if password is None else password)
    if required := parameters.get("ssl_cert_reqs"):
        parameters["ssl_cert_reqs"] = required.lower().removeprefix("cert_")
    if parameters.get("ssl_cert_reqs") == "none":
        # Without a certificate that is looked at, its name can't be either.
        parameters["ssl_check_hostname"] = "false"
    for name, value in parameters.items():
        check(name, value, scheme)
    place = place_of(scheme, parts)
    if number and scheme == "unix":
        parameters["db"] = number
    query = "&".join(f"{name}={encoded(value)}" for name, value in parameters.items())
    path = f"/{number}" if number and scheme != "unix" else ""
    return f"{scheme}://{account}{place}{path}{'?' * bool(query)}{query}"


def place_of(scheme: str, parts: Parts) -> str:
    """Return the host and the port, or the path of the socket."""
    if scheme == "unix":
        if not parts.path or any(name for name, _ in parts.hosts):
            raise UrlError("it names no socket; write it like unix:///run/valkey.sock")
        return "/" + "/".join(map(encoded, parts.path.split("/")))
    if len(parts.hosts) > 1:
        raise UrlError("it names several hosts; one is what is taken")
    name, port = parts.hosts[0] if parts.hosts else ("", "")
    return (f"[{name}]" if ":" in name else encoded(name)) + (f":{port}" if port else "")


def check(name: str, value: str, scheme: str) -> None:
    """Refuse a parameter that the driver doesn't know, or whose value it can't read."""
    known = PARAMETERS if scheme != "rediss" else PARAMETERS | SECURE
    if name in SECURE and name not in known:
        raise UrlError(f"its {name} needs TLS; begin it with rediss://")
    if name not in known:
        raise UrlError(f"its {name[:40]!r} isn't known here; leave it out")
    if not known[name].fullmatch(value):
        raise UrlError(f"its {name} has a value that can't be right")
    if name in FILES and not Path(value).is_file():
        raise UrlError(f"its {name} names a file that isn't there")
    if name == "ssl_ca_path" and not Path(value).is_dir():
        raise UrlError("its ssl_ca_path names a folder that isn't there")
