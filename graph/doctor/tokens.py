"""Checks of tokens: what is taken, whether the issuer's keys can be read, clocks, and one token."""

import asyncio
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPException

from db import revocations
from db.failures import DatabaseUnavailableError
from db.oversight import server
from graph.doctor.asking import ask
from graph.doctor.check import check
from graph.doctor.finding import Finding, NotRunError, PreventedError, failed, ok, warning
from graph.doctor.subject import Subject
from graph.errors import ServiceUnavailableError, UnauthenticatedError
from graph.identity.authentication import Authentication, TokenRules
from graph.identity.claims import LEEWAY
from graph.identity.jwks import JsonWebKeys, content_of, key_set
from graph.identity.revocation import Revocations

# Seconds by which clocks may differ before somebody should look.
SKEW = 5.0


@check("tokens-configuration", "which tokens are taken, and of whom")
async def configuration(subject: Subject) -> Finding:
    """Look at what is set for tokens."""
    settings = subject.settings
    has_keys = bool(settings.jwks_url or settings.jwks_file)
    if not (settings.hs256_secret() or has_keys):
        return warning(
            "no token is taken, so nobody has a role",
            "Set TOKEN_SECRET, or JWKS_URL; skip this check where the directory is for the anonymous alone.",
        )
    given = {"TOKEN_ISSUER": settings.token_issuer, "TOKEN_AUDIENCE": settings.token_audience}
    unset = [name for name, value in given.items() if not value]
    if has_keys and unset:
        return warning(
            f"{' and '.join(unset)} not set: a token that the issuer made for another program is taken too",
            "Set what the issuer puts into `iss` and `aud`; `ariesone token inspect` shows it.",
        )
    ways = ["HS256 (TOKEN_SECRET)"] if settings.hs256_secret() else []
    ways += [", ".join(sorted(settings.algorithms() - {"HS256"}))] if has_keys else []
    return ok(f"tokens signed with {' or '.join(ways)} are taken")


@check("tokens-keys", "whether the issuer's keys can be read and used")
async def keys(subject: Subject) -> Finding:
    """Read the keys as a server does."""
    settings = subject.settings
    source = settings.jwks_url or settings.jwks_file
    if source is None:
        raise NotRunError("neither JWKS_URL nor JWKS_FILE is set")
    unused: list[str] = []
    try:
        found = key_set(await asyncio.to_thread(content_of, source), unused.append)
    except (OSError, ValueError, HTTPException) as error:
        return failed(
            f"they can't be read: {error}",
            "See that the URL can be reached from here, answers without a redirect, and with a JSON Web Key Set.",
        )
    usable = [key for (_, algorithm), some in found.items() if algorithm in settings.algorithms() for key in some]
    if not usable:
        wanted = ", ".join(sorted(settings.algorithms() - {"HS256"}))
        why = unused[0] if unused and not found else f"none is for {wanted}"
        return failed(f"no key can be used: {why}", "See TOKEN_ALGORITHMS, and what the issuer publishes.")
    if unused:
        return warning(
            f"{len(usable)} can be used, {len(unused)} can't: {unused[0]}",
            "Tokens signed with those are refused; see what the issuer publishes.",
        )
    return ok(f"{len(usable)} can be used")


@check("tokens-clock", "whether this machine's clock is that of the database and of the issuer")
async def clock(subject: Subject) -> Finding:
    """Compare clocks, each to the second, which is all that the issuer tells."""
    found: dict[str, float] = {}
    url = subject.settings.jwks_url
    if subject.database is not None:
        try:
            found["the database"] = (await server.version(subject.database)).now.timestamp() - time.time()
        except DatabaseUnavailableError:
            if url is None:
                raise PreventedError("see database-reachable") from None
    if url is not None:
        told = (await ask(url)).headers.get("date")
        found |= {"the issuer": parsedate_to_datetime(told).timestamp() - time.time()} if told else {}
    if not found:
        raise NotRunError("there is neither a database nor an issuer to compare it with")
    place, seconds = max(found.items(), key=lambda each: abs(each[1]))
    words = f"the clock of {place} is {abs(seconds):,.1f} s {'ahead' if seconds > 0 else 'behind'}"
    advice = "Have both machines keep their time (chrony, systemd-timesyncd)."
    if abs(seconds) > LEEWAY:
        return failed(f"{words}, so that tokens are refused as expired or not yet valid", advice)
    if abs(seconds) > SKEW:
        return warning(words, advice)
    return ok(words)


@check("tokens-token", "whether a server with these settings takes the token of --token")
async def token(subject: Subject) -> Finding:
    """Judge a token, revocations included where there is a database."""
    if subject.given.token is None:
        raise NotRunError("no --token was given")
    settings = subject.settings
    known = Revocations()
    known.know(frozenset() if subject.database is None else await revocations.current(subject.database))
    judge = Authentication(TokenRules.of(settings), JsonWebKeys(settings.jwks_url or settings.jwks_file), known)
    header = (b"authorization", b"Bearer " + subject.given.token.encode(errors="replace"))
    try:
        viewer = await judge.authenticate([header, (b"host", b"localhost")])
    except UnauthenticatedError as error:
        detail = f": {error.detail}" if error.detail else ""
        return failed(
            f"it is refused: {error.reason}{detail}", "`ariesone token inspect TOKEN` shows all that it says."
        )
    except ServiceUnavailableError as error:
        return failed(error.message, "See tokens-keys.")
    if not viewer.roles:
        return warning(
            "it is taken, but gives no role",
            "See TOKEN_ROLES_CLAIM; `ariesone token inspect TOKEN` shows its claims.",
        )
    apart = "" if subject.database else "; whether it is revoked isn't known"
    return ok(f"it is taken, with the roles {', '.join(sorted(viewer.roles))}{apart}")
