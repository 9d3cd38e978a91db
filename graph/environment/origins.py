"""Origins of web pages as browsers name them (RFC 6454, section 6.2), and headers: which can't be any."""

import re
from urllib.parse import SplitResult, urlsplit

ANY = "*"

# Browsers leave these ports out.
USUAL_PORTS = {"http": 80, "https": 443}

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")


def origins_in(text: str) -> list[str]:
    """Return the origins in a list with commas between them, each as browsers write it; * stands for any.

    Raises ValueError for what can't be the origin of a page, saying how it should be written.
    """
    return [_origin(each.strip()) for each in text.split(",") if each.strip()]


def headers_in(text: str) -> list[str]:
    """Return the headers in a list with commas between them, in lower case (RFC 9110, section 5.1).

    Raises ValueError for what can't be the name of one.
    """
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    wrong = next((name for name in names if not _TOKEN.fullmatch(name)), None)
    if wrong is not None:
        raise ValueError(f"{wrong} is no name of a header; write it like x-client-version, commas between")
    return names


def _origin(given: str) -> str:
    if given == ANY:
        return ANY
    if given.lower() == "null":
        raise ValueError("null is what pages without an origin send, whoever made them; write https://name or *")
    if "*" in given:
        example = given.replace("*", "app", 1)
        raise ValueError(f"{given} never matches: * stands for any origin, alone; write each one, like {example}")
    try:
        parts = urlsplit(given)
        host, port = _host(parts), parts.port
    except ValueError:
        raise ValueError(f"{given} is no origin; write it like https://app.example.com") from None
    if "://" not in given or not _SCHEME.fullmatch(parts.scheme) or not _NAME.fullmatch(host):
        raise ValueError(f"{given} is no origin; write it like {_meant(given)}")
    is_usual = port is None or port == USUAL_PORTS.get(parts.scheme)
    origin = f"{parts.scheme}://{host}" + ("" if is_usual else f":{port}")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc or given.endswith(("?", "#")):
        raise ValueError(f"{given} never matches, since an origin ends with its name or port; write {origin}")
    return origin


def _host(parts: SplitResult) -> str:
    """Return the name of a host in lower case and in ASCII, as browsers send it; raises ValueError."""
    host = parts.hostname or ""
    if ":" in host:
        return f"[{host}]"
    return host if host.isascii() else host.encode("idna").decode()


def _meant(given: str) -> str:
    """Return an origin that somebody may have meant."""
    name = given.partition("//")[2] if "//" in given else given
    is_local = name.startswith(("localhost", "127.", "[::1]"))
    name = name.partition("/")[0].lower()
    is_named = bool(re.fullmatch(r"[a-z0-9.-]+(:\d+)?", name)) and ("." in name or is_local)
    return f"http{'' if is_local else 's'}://{name if is_named else 'app.example.com'}"
