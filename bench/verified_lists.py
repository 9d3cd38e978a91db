"""How long a list of a million numbers takes to be verified as a job, in how much memory.

    .venv/bin/python -m bench.verified_lists [--companies 200000] [--numbers 1000000] [--database URL]

The directory is the one of bench/country.py. One number in twenty is mistyped, one in twenty is nobody's, and the
others are companies' by chance. Each list is verified by a process of its own, as `ariesone serve` starts it; what
counts is its time from its beginning, its peak of memory, and the CPU of both sides.
"""

import argparse
import asyncio
import gzip
import multiprocessing
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from bench import processes
from bench.country import filled
from bench.jobs import HEAD, ask, do_next, forget_others
from bench.report import table
from bench.verification import RARE, drawn
from db import uploads
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.uploads import Received
from graph.files import Files
from graph.settings import Settings

CREATE = "mutation { createUpload { upload { id } userErrors { message } } }"
VERIFY = "mutation ($id: ID!) { verifyList(input: {upload: $id}) { userErrors { message } } }"
ONE_A_LINE = "one a line, gzip"
IN_A_TABLE = "in a table of six columns"
WIDE = '{place},"Acme Medical, Inc.",{number},"1 Main St, Suite 200",Austin,TX'
# Lines that are written at a time.
LINES = 10_000


def lines(name: str, npis: Sequence[str], numbers: int) -> Iterator[bytes]:
    """Yield a list in pieces: the same numbers in each run."""
    chance = random.Random(1)  # noqa: S311 - no secret
    if name == IN_A_TABLE:
        yield b"row,name,NPI,line,city,state\n"
    for start in range(0, numbers, LINES):
        found = [drawn(npis, place, RARE, chance) for place in range(start, min(start + LINES, numbers))]
        if name == IN_A_TABLE:
            found = [WIDE.format(place=start + place, number=number) for place, number in enumerate(found)]
        yield "".join(f"{each}\n" for each in found).encode()


def measure(name: str, url: str, folder: str, numbers: int, postmaster: int | None) -> None:
    """Verify one list and print what it took; for a process of its own."""
    asyncio.run(_measure(name, url, folder, numbers, postmaster))


async def _measure(name: str, url: str, folder: str, numbers: int, postmaster: int | None) -> None:
    settings = Settings(_env_file=None, database_url=SecretStr(url), files_dir=Path(folder))
    async with Database.open(url, settings.pool_options()) as database:
        await forget_others(database)
        upload = (await ask(database, settings, CREATE, {}))["upload"]["id"]
        with Files(Path(folder)).receiving() as file:
            for piece in lines(name, await some_npis(url), numbers):
                file.write(gzip.compress(piece, 1) if name == ONE_A_LINE else piece)
        received = Received(file.name, file.bytes, file.sha256)
        await uploads.receive(database, UUID(upload.removeprefix("upload:")), received)
        await ask(database, settings, VERIFY, {"id": upload})
        row = await do_next(database, settings, name, postmaster)
    print(table(HEAD, [row]), flush=True)


async def some_npis(url: str) -> list[str]:
    """The numbers of companies all over the directory, few enough to weigh little."""
    async with connection_to(url) as connection:
        rows = await connection.fetch(
            "SELECT npi FROM companies TABLESAMPLE SYSTEM (10) REPEATABLE (1) LIMIT 50000"
        )
    return [row["npi"] for row in rows]


def main() -> None:
    """Make the directory, verify each list, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--companies", type=int, default=200_000)
    parser.add_argument("--numbers", type=int, default=1_000_000)
    parser.add_argument("--database", help="the URL of a PostgreSQL to use in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/country"), help="what is kept between runs")
    given = parser.parse_args()
    with ExitStack() as stack:
        server = given.database or stack.enter_context(postgresql(given.data.absolute()))
        url = filled(server, given.companies)
        postmaster = asyncio.run(processes.postmaster_of(url))
        for name in (ONE_A_LINE, IN_A_TABLE):
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            process = multiprocessing.get_context("spawn").Process(
                target=measure, args=(name, url, folder, given.numbers, postmaster)
            )
            process.start()
            process.join()
            if process.exitcode:
                sys.exit("It couldn't be measured.")


if __name__ == "__main__":
    main()
