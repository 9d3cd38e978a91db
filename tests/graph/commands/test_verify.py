"""`ariesone verify`: lists of many makes, what is written of each row, and how the command ends."""

import csv
import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from db.npi import check_digit
from graph.rosters.roster import ADDED, Roster, RosterError, Row, number_in, open_roster

Command = Callable[..., subprocess.CompletedProcess[str]]

OBRIEN, CLOSED, HOLZER, GONE = "2999999909", "2999999917", "2999999941", "2999999958"
MISTYPED = "2999999908"
NOISE = bytes(n * n % 251 + 1 for n in range(100_000))
NO_NUMBERS = "None of its rows has a number of ten digits in column 1. Save the list as CSV"


def opened(content: str | bytes, column: str | None = None) -> tuple[Roster, list[Row]]:
    """A list and its rows."""
    data = content.encode() if isinstance(content, str) else content
    roster = open_roster(io.BufferedReader(io.BytesIO(data)), column)
    return roster, list(roster.rows)


def numbers(content: str | bytes, column: str | None = None) -> list[str]:
    """What stands in the column of the NPIs."""
    roster, rows = opened(content, column)
    return [row.values[roster.place] for row in rows]


@pytest.mark.parametrize(
    "content",
    [
        f"{OBRIEN}\n{CLOSED}\n",
        f"\n{OBRIEN}\r\n\r\n{CLOSED}",
        f"{OBRIEN}\r{CLOSED}\r",
        f"NPI\n{OBRIEN}\n{CLOSED}\n",
        f"Nummer\n{OBRIEN}\n{CLOSED}\n",
        f"\ufeffNPI\n{OBRIEN}\n{CLOSED}\n",
        f"\ufeff{OBRIEN}\n{CLOSED}\n",
        f"Name;NPI\nAcme, Inc.;{OBRIEN}\nB;{CLOSED}\n",
        f"name\tProvider NPI\nAcme, Inc.\t{OBRIEN}\nB\t{CLOSED}\n",
        f"name|National Provider Identifier\nA|{OBRIEN}\nB|{CLOSED}\n",
        f'"name","npi"\n"Acme, ""Inc""","{OBRIEN}"\n"two\nlines","{CLOSED}"\n',
        f"Billing NPI,NPI,Phone\n{HOLZER},{OBRIEN},2125550100\n{HOLZER},{CLOSED},2125550101\n",
        f"NPI status,NPI number,name\nACTIVE,{OBRIEN},A\nACTIVE,{CLOSED},B\n",
        f"who,what,phone\nA,{OBRIEN},2125550100\nB,{CLOSED},2125550101\n",
        f"A,{OBRIEN},2125550100\nB,{CLOSED},2125550101\n",
        f"NPI,name,{','.join(ADDED)}\n{OBRIEN},A,ACTIVE,,,,,\n{CLOSED},B,,,,,,\n",
        f"NPI,name\n{OBRIEN}\n{CLOSED},B,,\n",
        f"NPI,name\n{OBRIEN},Café\n{CLOSED},B\n".encode("cp1252"),
        f"NPI,name\n{OBRIEN},Café\n{CLOSED},B\n".encode("utf-16"),
        f"NPI\tname\r\n{OBRIEN}\tCafé\r\n{CLOSED}\tB".encode("utf-16-le").join([b"\xff\xfe", b""]),
    ],
)
def test_the_numbers_of_a_list_of_any_make_are_found(content: str | bytes) -> None:
    assert numbers(content) == [OBRIEN, CLOSED]


@pytest.mark.parametrize(
    "written",
    [
        f"{OBRIEN}.0",
        f"'{OBRIEN}",
        f" {OBRIEN} ",
        "2999 999909",
        "299-999-9909",
        "299\u2013999\u20139909",
        f"{OBRIEN}.",
    ],
)
def test_a_number_is_read_as_spreadsheets_write_it(written: str) -> None:
    for content in (f"{written}\n", f"name,city,number\nA,B,{written}\n"):
        assert [number_in(each) for each in numbers(content)] == [OBRIEN]


@pytest.mark.parametrize(
    "value", ["2999999909.5", "29999999090", "12.0", "2.99E+09", "-2999999909", "NPI 2999999909"]
)
def test_what_is_no_number_of_ten_digits_stays_as_it_is(value: str) -> None:
    assert number_in(value) == value


def test_a_first_number_that_is_mistyped_is_no_header() -> None:
    assert numbers(f"123\n{OBRIEN}\n") == ["123", OBRIEN]


@pytest.mark.parametrize("column", ["Rendering NPI", "rendering-npi", "2"])
def test_the_column_can_be_named(column: str) -> None:
    content = f"Billing NPI,Rendering NPI\n{OBRIEN},{CLOSED}\n{OBRIEN},{HOLZER}\n"
    assert numbers(content, column) == [CLOSED, HOLZER]
    assert numbers(f"{OBRIEN},{CLOSED}\n", "2") == [CLOSED]


@pytest.mark.parametrize(
    ("content", "column", "told"),
    [
        ("", None, "It is empty."),
        ("\n \n", None, "It is empty."),
        (",,,\n,\n", None, "It is empty."),
        ("name,number\nA,1\n", None, "None of its columns has NPIs in it (name, number); say which"),
        (f"Billing NPI,Rendering NPI\n{OBRIEN},{CLOSED}\n", None, "Several of its columns have NPIs"),
        (f"NPI\n{OBRIEN}\n", "npis", "It has no column npis; there are NPI."),
        (f"{OBRIEN}\n", "2", "It has no column 2; there are 1 to 1."),
        (f"a,A\n{OBRIEN},1\n", "a", "It has several columns a; there are a, A."),
        (b"PK\x03\x04 and so on", None, "It is a workbook"),
        ("x" * 1_000_000, None, "It has a line of 1,000,000 characters or more"),
        (NOISE, None, NO_NUMBERS),
        (
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type /Catalog>>\nendobj\n0000000016 00000 n\n",
            None,
            NO_NUMBERS,
        ),
        (f'{{"npi": "{OBRIEN}"}}\n{{"npi": "{CLOSED}"}}\n', None, NO_NUMBERS),
        (f"{{npi:{OBRIEN},n:1}}\n{{npi:{CLOSED},n:2}}\n", None, NO_NUMBERS),
        (f"Our roster\nNPI,name\n{OBRIEN},A\n{CLOSED},B\n", None, NO_NUMBERS),
        (f"Our NPI roster,,\nname,NPI,city\nA,{OBRIEN},C\n", None, NO_NUMBERS),
        (f"NPI,name\n{OBRIEN},A\n", "name", "None of its rows has a number of ten digits in column 2."),
        ("hello\n", None, NO_NUMBERS),
        (f"{'long' * 99},b\7\n1,2\n", None, f"None of its columns has NPIs in it ({'long' * 10}, b ); say"),
        (
            ",".join("abcdefghijkl") + "\n",
            None,
            "None of its columns has NPIs in it (a, b, c, d, e, f, g, h, i, j, ...); say",
        ),
        ('"NPI\n', None, "Its first line can't be read: not CSV: a quote is opened and not closed"),
    ],
)
def test_what_is_no_list_is_told_in_one_sentence(content: str | bytes, column: str | None, told: str) -> None:
    with pytest.raises(RosterError) as refused:
        opened(content, column)
    assert str(refused.value).startswith(told)


def test_a_row_that_cannot_be_read_is_kept_and_costs_no_other() -> None:
    content = f'NPI,name\n{OBRIEN},A\n"open,1\n{CLOSED},B\n{HOLZER},a,b\n\n{GONE},"c\nd"\n1,"\0"\n'
    _, rows = opened(content)
    assert rows == [
        Row(2, [OBRIEN, "A"]),
        Row(3, ['"open,1'], "not CSV: a quote is opened and not closed in this line"),
        Row(4, [CLOSED, "B"]),
        Row(5, [f"{HOLZER},a,b"], "3 values instead of 2"),
        Row(7, [GONE, "c\nd"]),
        Row(9, ['1,"\0"'], "a NUL character"),
    ]


def test_a_quote_that_is_never_closed_takes_its_line_alone() -> None:
    rest = "".join(f"{OBRIEN},{number}\n" for number in range(500))
    _, rows = opened(f'NPI,name\n1,"open\n{rest}')
    assert [row.line for row in rows if row.problem] == [2]
    assert len(rows) == 501


def test_each_row_is_written_with_its_verdict(command: Command, directory_url: str, tmp_path: Path) -> None:
    wrong = OBRIEN[:-1] + str((int(check_digit(OBRIEN[:-1])) + 1) % 10)
    lines = [OBRIEN, CLOSED, f"'{GONE}", "1234567893", MISTYPED, wrong, f" {HOLZER}.0", "12", "1,2,3"]
    given = "".join(f"{each};'{each}'\n" for each in lines[:-1])
    (tmp_path / "roster.csv").write_text(f"NPI;note\n{given}1;2;3\n")
    done = command("verify", "roster.csv", DATABASE_URL=directory_url)
    assert done.returncode == 3, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout), delimiter=";"))
    assert [(row["NPI"], row["npi_result"]) for row in rows] == [
        (OBRIEN, "ACTIVE"), (CLOSED, "DEACTIVATED"), (f"'{GONE}", "DEACTIVATED"), ("1234567893", "NOT_FOUND"),
        (MISTYPED, "INVALID_CHECK_DIGIT"), (wrong, "INVALID_CHECK_DIGIT"), (f" {HOLZER}.0", "ACTIVE"),
        ("12", "INVALID_FORMAT"), ("1;2;3", "UNREADABLE"),
    ]  # fmt: skip
    assert [row["note"] for row in rows] == [*(f"'{each}'" for each in lines[:-1]), ""]
    by_number = {row["NPI"]: row for row in rows}
    assert by_number[CLOSED]["npi_name"] == "CLOSED HOSPICE LLC"
    assert by_number[CLOSED]["npi_deactivated_on"] == "2024-03-01"
    assert by_number[CLOSED]["npi_replacement"] == OBRIEN
    assert by_number[f"'{GONE}"]["npi_replacement"] == HOLZER
    assert by_number[MISTYPED]["npi_did_you_mean"] == OBRIEN
    assert "Line 10 can't be read: 3 values instead of 2." in done.stderr
    counted = "2 ACTIVE, 2 DEACTIVATED, 1 NOT_FOUND, 2 INVALID_CHECK_DIGIT, 1 INVALID_FORMAT, 1 UNREADABLE."
    assert f"9 rows: {counted}" in done.stderr


def test_a_list_is_verified_again_and_from_a_pipe(command: Command, directory_url: str, tmp_path: Path) -> None:
    given = "".join(f"{OBRIEN}\n{CLOSED}\n" for _ in range(3_000))
    first = command("verify", "-", "--output", "out.csv", given=given, DATABASE_URL=directory_url)
    assert (first.returncode, first.stdout) == (0, ""), first.stderr
    out = tmp_path / "out.csv"
    written = out.read_text()
    assert len(written.splitlines()) == 6_001
    assert written.splitlines()[0] == f"npi,{','.join(ADDED)}"
    again = command("verify", out, "--output", out, DATABASE_URL=directory_url)
    assert again.returncode == 0, again.stderr
    assert out.read_text() == written
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_what_cannot_be_done_is_one_error_and_leaves_the_output_as_it_was(
    command: Command, directory_url: str, tmp_path: Path
) -> None:
    (tmp_path / "names.csv").write_text("name,city\n" + "Acme,Austin\n" * 300)
    (tmp_path / "lines.ndjson").write_text(f'{{"npi": "{OBRIEN}"}}\n' * 9)
    (tmp_path / "out.csv").write_text("before")
    for words, told in (
        (("names.csv", "--output", "out.csv"), "names.csv can't be verified. None of its columns has NPIs in it"),
        (("lines.ndjson",), "lines.ndjson can't be verified. None of its rows has a number of ten digits"),
        (("absent.csv",), "absent.csv can't be read: No such file or directory."),
    ):
        done = command("verify", *words, DATABASE_URL=directory_url)
        assert (done.returncode, done.stdout) == (1, "")
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    assert (tmp_path / "out.csv").read_text() == "before"
