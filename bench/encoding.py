"""What compressing an answer costs and saves, by coding and by size.

    .venv/bin/python -m bench.encoding

Answers are pages of the built-in sample: eight fields of each company.
"""

import time

import orjson

from db.nppes import layout
from db.nppes.layout import FileKind
from db.nppes.sample import batches
from graph.http.encoding import CODINGS

PAGES = (5, 25, 100, 200, 1000)
ROUNDS = 20


def answer(companies: int) -> bytes:
    """Return a page of so many companies, in JSON."""
    rows = [row for batch in batches(companies, seed=7) for row in batch.rows[FileKind.COMPANIES]]
    shown = ("npi", "name", *layout.PRACTICE)
    columns = (layout.NPI, layout.LEGAL_NAME, *layout.PRACTICE.values())
    nodes = [dict(zip(shown, map(row.get, columns), strict=True)) for row in rows]
    return orjson.dumps({"data": {"companies": {"nodes": nodes}}})


def milliseconds(coding: str, content: bytes) -> float:
    """Return the CPU that coding an answer takes, the least of a few times."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        CODINGS[coding](content)
        taken.append(time.process_time() - began)
    return min(taken) * 1000


def main() -> None:
    """Print a row for each page and coding."""
    print("| companies | bytes | coding | compressed | ms of CPU |\n|--:|--:|---|--:|--:|")
    for companies in PAGES:
        content = answer(companies)
        for coding, code in CODINGS.items():
            size = len(code(content))
            taken = milliseconds(coding, content)
            share = size / len(content)
            print(f"| {companies:,} | {len(content):,} | {coding} | {size:,} ({share:.0%}) | {taken:.2f} |")


if __name__ == "__main__":
    main()
