"""`ariesone doctor`: looks at everything that a server stands on, and says what is wrong and what to do."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Annotated

import typer
from pydantic import ValidationError

from graph.commands.configuration import sentences
from graph.commands.findings import show_json, show_table
from graph.commands.given import token_from
from graph.commands.probed import serving
from graph.commands.servers import console, fail
from graph.doctor.check import Check
from graph.doctor.checks import chosen
from graph.doctor.examination import Result, examine
from graph.doctor.finding import exit_code, prevented
from graph.doctor.settings import invalid, valid
from graph.doctor.subject import Given, database_url, opened
from graph.doctor.waiting import wait_for
from graph.settings import Settings

# Columns of checks under way that are shown.
SHOWN = 48


def doctor(
    *,
    only: Annotated[
        list[str] | None, typer.Option(help="A category, such as database, or a check; may be given again.")
    ] = None,
    skip: Annotated[list[str] | None, typer.Option(help="A check, or a category; may be given again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON in place of a table.")] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait at most until the database, and --server, answer.")
    ] = 0.0,
    token: Annotated[
        str | None, typer.Option(help="A token to judge: itself, a file that holds it, or - for standard input.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="The address of a running server, such as http://127.0.0.1:8000.")
    ] = None,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe", help="Run every operation, of --server or of one for the moment; nothing is kept."
        ),
    ] = False,
) -> None:
    """Look at everything that a server stands on, and say what is wrong and what to do.

    Ends with 0 where all is well, 1 for warnings and for what couldn't be looked at, 2 where something failed.
    """
    # What the parts and libraries that checks use would log is what checks tell.
    for name in ("ariesone", "aiormq", "aio_pika"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        checks = chosen(only or (), skip or ())
    except ValueError as error:
        fail(str(error))
    if server is not None and not server.startswith(("http://", "https://")):
        fail("--server must begin with http:// or https://.")
    address = server and server.rstrip("/")
    given = Given(None if token is None else token_from(token), address)
    results = results_of(checks, given, wait, probe=probe)
    if as_json:
        show_json(results)
    else:
        show_table(results)
    sys.exit(exit_code(each.finding for each in results))


def results_of(checks: Sequence[Check], given: Given, wait: float, *, probe: bool) -> list[Result]:
    """Return what checks find; where the settings can't be read, that is told, and none is run."""
    try:
        settings = Settings()
    except ValidationError as error:
        found, others = invalid(sentences(error)), prevented(f"see {valid.id}")
        return [
            Result(valid, found, 0.0),
            *(Result(each, others, 0.0) for each in checks if each is not valid),
        ]
    return asyncio.run(examined(checks, settings, given, wait, probe=probe))


async def examined(
    checks: Sequence[Check], settings: Settings, given: Given, wait: float, *, probe: bool
) -> list[Result]:
    """Return what checks find, having waited for what they look at; a terminal shows which are under way."""
    left = [each.id for each in checks]

    def words() -> str:
        return f"{len(checks) - len(left)} of {len(checks)} checks: {', '.join(left)}"[:SHOWN]

    async with AsyncExitStack() as stack:
        status = stack.enter_context(console.status(words()))

        def tell(result: Result) -> None:
            left.remove(result.check.id)
            status.update(words())

        if wait:
            status.update(f"Waiting, {wait:g} s at most")
            await wait_for(settings, given.server, wait)
        if probe and given.server:
            given = replace(given, probe_address=given.server, probe_token=given.token)
        elif probe and (url := database_url(settings)):
            address, token = await stack.enter_async_context(serving(settings, url))
            given = replace(given, probe_address=address, probe_token=token)
        subject = await stack.enter_async_context(opened(settings, given))
        return await examine(checks, subject, tell)
