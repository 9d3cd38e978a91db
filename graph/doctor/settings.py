"""Checks of the settings: names that are none, values that open more than they should, what compose passes on."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from db.address import read_address
from db.urls import Parts, read_parts
from graph.doctor.check import check
from graph.doctor.finding import Finding, NotRunError, failed, ok, warning
from graph.doctor.subject import Subject
from graph.identity.loopback import is_loopback
from graph.settings import Settings, strangers

# In the folder that the command runs in.
COMPOSE = Path("docker-compose.yml")

# What has a connection encrypted whoever is in between, as DATABASE_URL says it.
ENCRYPTING = frozenset({"require", "verify-ca", "verify-full"})

# Between these lines a compose file lists what it passes on.
_LIST = re.compile(r"^x-settings: &settings\n((?:  [A-Z_]+:.*\n|\s*#.*\n)*)", re.MULTILINE)
_NAME = re.compile(r"^  ([A-Z_]+):", re.MULTILINE)


@check("settings-valid", "whether the settings can be read, and fit together")
async def valid(subject: Subject) -> Finding:
    """Tell how many are set: where they can't be read, there is no subject to look at."""
    return ok(f"{len(subject.settings.model_fields_set)} settings are set; `ariesone settings` shows them")


def invalid(sentences: list[str]) -> Finding:
    """Return what that check finds where settings can't be read, for which there are these sentences."""
    return failed(" ".join(sentences), "Mend what the sentence names, in the environment or in .env.")


@check("settings-unknown", "names in .env that are no settings")
async def unknown(_: Subject) -> Finding:
    """Look for names that have no effect."""
    if names := strangers():
        return warning(
            f"{', '.join(names)} in .env: no effect",
            "Take them away, or name those of other programs in IGNORED_VARIABLES.",
        )
    return ok("each name in .env is a setting")


@check("settings-dangerous", "settings that open more than they should")
async def dangerous(subject: Subject) -> Finding:
    """Look for what is meant for other places than this one."""
    if found := list(dangers_of(subject.settings)):
        return warning(
            "; ".join(found), "Set them as docs/settings.md says, or skip this check where it is meant."
        )
    return ok(f"nothing is open that {subject.settings.environment} should keep closed")


def dangers_of(settings: Settings) -> Iterator[str]:
    """Yield a clause for each setting that is dangerous where this server is."""
    if settings.environment == "development":
        if not is_loopback(settings.host):
            yield f"ENVIRONMENT is development on HOST {settings.host}: the schema is open, nobody is throttled"
        return
    yield from (clause for clause, holds in DANGERS.items() if holds(settings))
    for name, parts, is_encrypted in urls_of(settings):
        if not is_encrypted and (host := next((host for host, _ in parts.hosts if is_distant(host)), None)):
            yield f"{name} leads to {host}, perhaps without TLS"


# What is dangerous in production, by the clause that tells it.
DANGERS: Final[dict[str, Callable[[Settings], bool]]] = {
    "FORWARDED_ALLOW_IPS believes anybody who says where a request comes from": lambda settings: bool(
        {"*", "0.0.0.0/0", "::/0"} & set(settings.forwarded_allow_ips.replace(" ", "").split(","))
    ),
    "THROTTLE_COST is 0: the anonymous may ask without end": lambda settings: settings.throttle_cost == 0,
    "TOKEN_MAX_LIFETIME is 0: a stolen token may be good for years": lambda settings: (
        settings.token_max_lifetime == 0
    ),
    "LOG_KEY is unset: who reads the log can try who is meant by a pseudonym": lambda settings: (
        bool(settings.jwks_url or settings.jwks_file) and not settings.pseudonym_secret()
    ),
}


def urls_of(settings: Settings) -> Iterator[tuple[str, Parts, bool]]:
    """Yield each server that the settings name: the variable, its URL's parts, and whether it asks for TLS."""
    primary = [settings.database_url.get_secret_value()] if settings.database_url else []
    databases = {"DATABASE_URL": primary, "DATABASE_REPLICA_URLS": settings.replica_urls()}
    for name, url in ((name, url) for name, urls in databases.items() for url in urls):
        parts = parts_of(read_address(url).public)
        yield name, parts, parts.parameters.get("sslmode", "prefer") in ENCRYPTING
    for name, scheme in (("REDIS_URL", "rediss"), ("AMQP_URL", "amqps")):
        secret: SecretStr | None = getattr(settings, name.lower())
        if secret:
            url = secret.get_secret_value()
            yield name, parts_of(url), url.startswith(f"{scheme}://")


def parts_of(url: str) -> Parts:
    """Return the parts of a URL."""
    return read_parts(url.partition("://")[2])


def is_distant(host: str) -> bool:
    """Tell whether a host is beyond this machine, and the network of containers, whose names have no dots."""
    return ("." in host or ":" in host) and not is_loopback(host)


@check("settings-compose", "whether docker-compose.yml passes on what this version reads")
async def compose(_: Subject) -> Finding:
    """Hold the list of a compose file in this folder against the settings."""
    try:
        text = await asyncio.to_thread(COMPOSE.read_text, encoding="utf-8")
    except FileNotFoundError:
        raise NotRunError(f"there is no {COMPOSE} in this folder") from None
    found = _LIST.search(text)
    if found is None:
        raise NotRunError(f"{COMPOSE} has no list x-settings, as the one of this project has")
    passed, known = set(_NAME.findall(found[1])), {name.upper() for name in Settings.model_fields}
    faults = [
        f"{what} {', '.join(sorted(names))}"
        for what, names in (("it keeps back", known - passed), ("unknown to this version:", passed - known))
        if names
    ]
    if faults:
        return warning(
            "; ".join(faults),
            "Take the docker-compose.yml that came with this version, or write its list with `ariesone settings "
            "export`.",
        )
    return ok(f"{COMPOSE} passes on all {len(known)} settings")
