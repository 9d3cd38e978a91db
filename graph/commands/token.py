"""`ariesone token`: tokens for development made, any token explained, and one that got lost revoked."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from db import npi, revocations
from db.engine import Database
from graph.commands.servers import database_url, fail, running
from graph.errors import UnauthenticatedError
from graph.execution.facts import facts_of
from graph.identity.authentication import Authentication, TokenRules, identity_of, viewer_of
from graph.identity.development_tokens import LIFETIME, development_token
from graph.identity.jwks import JsonWebKeys
from graph.identity.revocation import Revocations
from graph.identity.token import read_token
from graph.schema import core_schema
from graph.settings import Settings

commands = typer.Typer(help="Make, explain and revoke tokens.", no_args_is_help=True)

Token = Annotated[str, typer.Argument(help="A token, as it stands after `Bearer`.")]


@commands.command()
def issue(
    role: Annotated[str, typer.Option(help="viewer, partner, editor or admin.")],
    company: Annotated[list[str] | None, typer.Option(help="The NPI of a company that it may write.")] = None,
    lifetime: Annotated[int, typer.Option(min=1, help="Seconds that it is good for.")] = LIFETIME,
) -> None:
    """Make a token for development and print it."""
    for number in company or ():
        if npi.verdict(number) != "VALID":
            fail(f"--company {number} is no NPI: ten digits, the last of them a check digit.")
    settings = Settings()
    try:
        typer.echo(development_token(settings, role, company or (), lifetime))
    except ValueError as error:
        fail(str(error))


@commands.command()
def inspect(token: Token) -> None:
    """Explain a token: its claims, its signature, when it ends, and what it may do; fail where it isn't taken."""
    settings = Settings()
    verdict = asyncio.run(judged(settings, token))
    claims = claims_of(token)
    table = Table(show_header=False, box=None)
    for name, value in claims.items():
        table.add_row(Text(told("", name)), Text(told(name, value)))
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    console.print(
        verdict or "It is taken by a server with these settings; whether it is revoked was not looked up.",
        markup=False,
    )
    guards = facts_of(core_schema).guards.by_place.values()
    opened = [guard.place for guard in guards if guard.opens_to(viewer_of(claims).roles)]
    opens = "It would open" if verdict else "It opens"
    console.print(f"{opens}: {', '.join(sorted(opened)) or 'what is open to everyone'}.", markup=False)
    if verdict:
        raise typer.Exit(1)


@commands.command()
def revoke(token: Token) -> None:
    """Have a token refused from now on, within five seconds by every server on the same database."""
    claims = claims_of(token)
    identity = identity_of(claims)
    if identity is None:
        fail("The token has no jti, so nothing tells it from others; change the key that it is signed with.")
    with running(Settings(), transient=True) as found:
        asyncio.run(revoked(database_url(found), identity, claims["exp"]))
    typer.echo("The token is revoked.")


async def judged(settings: Settings, token: str) -> str:
    """Return why a server with these settings refuses a token; nothing where it takes it, revocations apart."""
    nothing_revoked = Revocations()
    nothing_revoked.know(frozenset())
    keys = JsonWebKeys(settings.jwks_url or settings.jwks_file)
    authentication = Authentication(TokenRules.of(settings), keys, nothing_revoked)
    try:
        await authentication.authenticate([header_of(token)])
    except UnauthenticatedError as error:
        return f"It is refused: {error.message} ({error.reason})"
    return ""


def claims_of(token: str) -> Mapping[str, Any]:
    """Return what a token claims, whoever signed it."""
    try:
        return read_token(header_of(token)[1]).claims
    except UnauthenticatedError:
        fail("This is no token: three parts in base64url, the second a JSON object with at least sub and exp.")


def header_of(token: str) -> tuple[bytes, bytes]:
    """Return the header that brings a token."""
    return b"authorization", b"Bearer " + token.encode(errors="replace")


def told(name: str, value: object) -> str:
    """Return a claim as a person reads it."""
    if name not in {"exp", "nbf", "iat"} or not isinstance(value, int | float):
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        # A claim is anybody's text, and a terminal obeys what it can't print.
        return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    seconds = round(value - time.time())
    distance = f"in {seconds} s" if seconds >= 0 else f"{-seconds} s ago"
    return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC, {distance}"


async def revoked(url: str, identity: tuple[str, str], expires: float) -> None:
    """Write down that a token is revoked."""
    async with Database.open(url) as database:
        await revocations.revoke(database, *identity, datetime.fromtimestamp(expires, UTC))
