"""What verifying 1,000 numbers in one request costs the server and PostgreSQL, in CPU.

    .venv/bin/python -m bench.verification [--rounds 15] [--companies 20000]

On an embedded PostgreSQL of its own with the built-in sample. The endpoint is called as ASGI, without a socket,
with the numbers in a variable, and no answer is kept. Of a roster one number in twenty is mistyped, one in twenty
is nobody's, and the others are companies'; of the last one all are mistyped. No two requests have the same.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from bench import processes
from bench.bulk import milliseconds
from bench.writes import SECRET, Asker, endpoint_of
from db import migrations
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.npi import check_digit
from db.nppes.sample_load import load_sample
from graph.commands.listen import collect_seldom
from graph.directives.cost import LONGEST_LIST
from graph.settings import Settings

# Milliseconds of the server's CPU that a roster of 1,000 numbers may take.
GOAL = 15
# Requests of a round, by each way.
REQUESTS = 10
# One number in so many is mistyped, and one is nobody's.
RARE = 20

VERDICTS = "input result name deactivatedOn reactivatedOn replacementNpi"
MEANT = "didYouMean { npi name }"
# What is asked of each number, and one in how many is mistyped.
WAYS = {
    "verdicts": (VERDICTS, RARE),
    "verdicts, what was meant": (f"{VERDICTS} {MEANT}", RARE),
    "verdicts, companies, what was meant": (f"{VERDICTS} company {{ npi name isActive version }} {MEANT}", RARE),
    "verdicts, what was meant by all": (f"{VERDICTS} {MEANT}", 1),
}


def roster(npis: Sequence[str], rare: int, chance: random.Random) -> list[str]:
    """As many numbers as one request may have."""
    found = [drawn(npis, place, rare, chance) for place in range(LONGEST_LIST)]
    chance.shuffle(found)
    return found


def drawn(npis: Sequence[str], place: int, rare: int, chance: random.Random) -> str:
    """A company's number, or at some places of a list a mistyped one, or nobody's."""
    if place % rare == 1:
        nine = f"1{chance.randrange(10**8):08}"
        return nine + check_digit(nine)
    number = chance.choice(npis)
    return f"{number[:-1]}{(int(number[-1]) + 1) % 10}" if place % rare == 0 else number


async def measure(url: str, rounds: int, companies: int) -> None:
    """Print what a request costs by each way."""
    settings = Settings(_env_file=None, token_secret=SecretStr(SECRET))
    postmaster = await processes.postmaster_of(url)
    if postmaster is None:
        raise RuntimeError("PostgreSQL isn't on this machine.")
    collect_seldom()
    chance = random.Random(1)  # noqa: S311 - for the same numbers in each run
    async with connection_to(url) as connection:
        await load_sample(connection, companies=companies, seed=1)
        await connection.execute("ANALYZE")
        npis = [row["npi"] for row in await connection.fetch("SELECT npi FROM companies ORDER BY npi")]
    async with Database.open(url) as database:
        asker = Asker(endpoint_of(settings), settings, {"database": database})
        found: dict[str, list[list[float]]] = {name: [] for name in WAYS}
        for number in range(rounds + 1):
            for name, (fields, rare) in WAYS.items():
                query = f"query Verify($npis: [String!]!) {{ verifyNpis(npis: $npis) {{ {fields} }} }}"

                async def ask(numbers: Sequence[str], query: str = query) -> None:
                    await asker.read({"query": query, "variables": {"npis": numbers}})

                rosters = [roster(npis, rare, chance) for _ in range(REQUESTS)]
                taken = await milliseconds(ask, rosters, postmaster)
                # The first round opens connections, prepares statements and compiles the operations.
                if number:
                    found[name].append(taken)
    report(found)


def report(found: dict[str, list[list[float]]]) -> None:
    """Print the medians, and whether the goal is met."""
    print(f"| {LONGEST_LIST:,} numbers | ms of CPU of the server | of PostgreSQL |\n|---|--:|--:|")
    for name, rounds in found.items():
        here, server = (statistics.median(each) for each in zip(*rounds, strict=True))
        told = "" if here <= GOAL else f"; more than the {GOAL} that it may be"
        print(f"| {name} | {here:,.1f}{told} | {server:,.1f} |")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--companies", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ariesone-bench-") as folder, postgresql(Path(folder)) as url:
        migrations.upgrade(url)
        asyncio.run(measure(url, given.rounds, given.companies))


if __name__ == "__main__":
    main()
