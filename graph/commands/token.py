"""`ariesone token`: tokens for development made, any token explained, and one that got lost revoked."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from db import npi, revocations
from db.engine import Database
from graph.commands.configuration import read_settings
from graph.commands.given import token_from
from graph.commands.servers import database_url, fail, running
from graph.errors import ServiceUnavailableError, UnauthenticatedError
from graph.execution.facts import facts_of
from graph.identity.authentication import Authentication, TokenRules, identity_of, viewer_of
from graph.identity.claims import LEEWAY, is_text, moment
from graph.identity.development_tokens import development_token
from graph.identity.jwks import JsonWebKeys
from graph.identity.revocation import Revocations
from graph.identity.role_names import RoleNames
from graph.identity.token import Token, read_token
from graph.identity.viewer import EVERY
from graph.schema import core_schema
from graph.settings import Settings
from graph.telemetry.pseudonyms import pseudonyms

commands = typer.Typer(help="Make, explain and revoke tokens.", no_args_is_help=True)

GivenToken = Annotated[
    str | None,
    typer.Argument(help="A token, with or without `Bearer`; a file that holds one; or - for standard input."),
]


@commands.command()
def issue(
    role: Annotated[list[str], typer.Option(help="viewer, partner, editor or admin; may be given again.")],
    company: Annotated[
        list[str] | None, typer.Option(help="The NPI of a company that it may change; * is all.")
    ] = None,
    lifetime: Annotated[
        int | None, typer.Option(min=1, help="Seconds that it is good for: twelve hours, if nothing is said.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Who it is for (`sub`): development-ROLE, if nothing is said.")
    ] = None,
) -> None:
    """Make a token for development and print it."""
    for number in company or ():
        if number != EVERY and npi.verdict(number) != "VALID":
            fail(f"--company {number} is no NPI: ten digits, the last of them a check digit. '*' stands for all.")
    if subject is not None and not (subject and is_text(subject)):
        fail("--subject must be a text of 1 to 255 characters.")
    settings = read_settings()
    try:
        token = development_token(settings, role, company or (), lifetime, subject)
    except ValueError as error:
        fail(str(error))
    if [name.upper() for name in role] == ["EDITOR"] and not company:
        typer.echo("It changes no company: name some with --company NPI, or all with --company '*'.", err=True)
    typer.echo(token)


@commands.command()
def inspect(token: GivenToken = None) -> None:
    """Explain a token: its claims, its signature, when it ends, and what it may do; fail where it isn't taken."""
    settings = read_settings()
    header = header_of(token_from(token))
    found = read(header)
    verdict = asyncio.run(judged(settings, header))
    table = Table(show_header=False, box=None)
    for name, value in found.claims.items():
        table.add_row(Text(told("", name)), Text(told(name, value)))
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    console.print(
        verdict or "It is taken by a server with these settings; whether it is revoked was not looked up.",
        markup=False,
    )
    console.print(opened_by(found, RoleNames.of(settings), would=bool(verdict)), markup=False)
    if verdict:
        raise typer.Exit(1)


@commands.command()
def revoke(token: GivenToken = None) -> None:
    """Have a token refused from now on, within five seconds by every server on the same database."""
    header = header_of(token_from(token))
    found = read(header)
    identity = identity_of(found.claims)
    if identity is None:
        fail("The token has no jti, so nothing tells it from others; change the key that it is signed with.")
    if found.claims["exp"] + LEEWAY <= time.time():
        fail(f"The token expired at {moment(found.claims['exp'])}: it is refused without being revoked.")
    settings = read_settings()
    if fault := asyncio.run(signature_fault(settings, found)):
        fail(f"The token is refused without being revoked, and may not be what it says: {fault}.")
    with running(settings, transient=True) as open_settings:
        asyncio.run(revoked(database_url(open_settings), identity, found.claims["exp"]))
    typer.echo("The token is revoked.")


@commands.command()
def pseudonym(
    subject: Annotated[str, typer.Argument(help="Who is sought: the `sub` of their tokens.")],
    issuer: Annotated[
        str | None, typer.Option(help="The `iss` of their tokens: TOKEN_ISSUER, if nothing is said.")
    ] = None,
) -> None:
    """Print what a server with these settings calls somebody in its log (`user.hash`)."""
    settings = read_settings()
    pseudonyms.use_key(settings.pseudonym_secret())
    typer.echo(pseudonyms.of(subject, issuer if issuer is not None else settings.token_issuer or ""))


async def judged(settings: Settings, header: tuple[bytes, bytes]) -> str:
    """Return why a server with these settings refuses a token; nothing where it takes it, revocations apart."""
    try:
        await authentication_of(settings).authenticate([header, (b"host", b"localhost")])
    except UnauthenticatedError as error:
        detail = f": {error.detail}" if error.detail else ""
        return f"It is refused: {error.message} ({error.reason}){detail}"
    except ServiceUnavailableError as error:
        return f"Nobody can tell whether it is taken: {error.message}"
    return ""


async def signature_fault(settings: Settings, token: Token) -> str:
    """Return why a token is none that a server with these settings could take; nothing where it could.

    Where the issuer's keys can't be read it could: the token may be a lost one.
    """
    try:
        await authentication_of(settings).verify_signature(token)
    except UnauthenticatedError as error:
        return error.detail
    except ServiceUnavailableError:
        return ""
    return ""


def authentication_of(settings: Settings) -> Authentication:
    """Return what a server with these settings takes, where nothing is revoked."""
    nothing_revoked = Revocations()
    nothing_revoked.know(frozenset())
    keys = JsonWebKeys(settings.jwks_url or settings.jwks_file)
    return Authentication(TokenRules.of(settings), keys, nothing_revoked)


def read(header: tuple[bytes, bytes]) -> Token:
    """Return what a token says, whoever signed it; end the command where it says nothing."""
    try:
        return read_token(header[1])
    except UnauthenticatedError as error:
        fail(f"This is no token that is taken anywhere: {error.detail}.")


def header_of(token: str) -> tuple[bytes, bytes]:
    """Return the header that brings a token."""
    return b"authorization", b"Bearer " + token.encode(errors="replace")


def opened_by(token: Token, role_names: RoleNames, *, would: bool) -> str:
    """Return what a token opens, or would open, and which of the roles that it names are none here."""
    try:
        names, roles = role_names.names_in(token.claims), viewer_of(token.claims, role_names).roles
    except UnauthenticatedError:
        return "It opens nothing."
    guards = facts_of(core_schema).guards.by_place.values()
    places = sorted(guard.place for guard in guards if guard.opens_to(roles))
    unknown = [told("", name) for name in names if role_names.role_of(name) is None]
    claims = " and ".join(role_names.claims)
    lines = [f"{'It would open' if would else 'It opens'}: {', '.join(places) or 'what is open to everyone'}."]
    if unknown:
        lines.append(f"Its {claims} also name what is no role here: {', '.join(unknown)}.")
    if not names:
        lines.append(f"It names no role in {claims}, where TOKEN_ROLES_CLAIM says that roles are.")
    return "\n".join(lines)


def told(name: str, value: object) -> str:
    """Return a claim as a person reads it."""
    if name not in {"exp", "nbf", "iat"} or not isinstance(value, int | float):
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        # A claim is anybody's text, and a terminal obeys what it can't print.
        return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    seconds = round(value - time.time())
    distance = f"in {seconds} s" if seconds >= 0 else f"{-seconds} s ago"
    return f"{moment(value)}, {distance}"


async def revoked(url: str, identity: tuple[str, str], expires: float) -> None:
    """Write down that a token is revoked."""
    async with Database.open(url) as database:
        await revocations.revoke(database, *identity, datetime.fromtimestamp(expires, UTC))
