"""What comes after a release of the sample: a week's files, and the same release a month later."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from db.npi import check_digit
from db.nppes import layout
from db.nppes.layout import HEADERS, RELEASE, FileKind
from db.nppes.writer import PERIOD, file_name

MONTH, WEEK = "20050523-20251109", "20251013-20251019"
# Of how many organisations one changes in a month; of how many rows one is in a week's file, and of how many of
# those one is only a number and a day.
IN_A_MONTH, IN_A_WEEK, GONE = 50, 250, 20

_PLACES = {name: place for place, name in enumerate(HEADERS[FileKind.COMPANIES])}
_BETWEEN = b'","'
_ORGANISATION = b'","2","'

Values = list[bytes]


@contextmanager
def month_later(folder: Path) -> Iterator[None]:
    """Have a release be the next month's until it is left: it is changed where it lies, which takes no room."""
    main = folder / file_name(FileKind.COMPANIES)
    before = _overwrite(main, _changed_places(main))
    _rename(folder, PERIOD, MONTH)
    try:
        yield
    finally:
        _rename(folder, MONTH, PERIOD)
        _overwrite(main, iter(before))


def write_week(folder: Path, release: Path) -> None:
    """Write a week's three files after a release: of some numbers all that there is, changed."""
    folder.mkdir()
    numbers: set[bytes] = set()
    with (
        (release / file_name(FileKind.COMPANIES)).open("rb") as whole,
        (folder / file_name(FileKind.COMPANIES, WEEK)).open("wb") as part,
    ):
        part.write(whole.readline())
        for place, line in enumerate(whole):
            if place % IN_A_WEEK == 0:
                numbers.add(line[1:11])
                is_gone = place // IN_A_WEEK % GONE == 0
                part.write(_gone(line) if is_gone else changed(line, place // IN_A_WEEK))
    for kind in set(RELEASE) - {FileKind.COMPANIES}:
        lines = (release / file_name(kind)).read_bytes().splitlines(keepends=True)
        rows = [line for line in lines[1:] if line[1:11] in numbers]
        (folder / file_name(kind, WEEK)).write_bytes(b"".join([lines[0], *rows]))


def changed(line: bytes, turn: int) -> bytes:
    """Return an organisation's row that has changed, another as it is; it keeps its length."""
    if line[11 : 11 + len(_ORGANISATION)] != _ORGANISATION:
        return line
    values = line.split(_BETWEEN)
    _CHANGES[turn % len(_CHANGES)](values)
    values[_PLACES[layout.UPDATED]] = b"10/17/2025"
    return _BETWEEN.join(values)


def _rename_company(values: Values) -> None:
    place = _PLACES[layout.LEGAL_NAME]
    values[place] = b"X" + values[place][1:]


def _move(values: Values) -> None:
    place = _PLACES[layout.PRACTICE["line1"]]
    values[place] = _next(values[place][:1]) + values[place][1:]


def _ring_elsewhere(values: Values) -> None:
    place = _PLACES[layout.PRACTICE["phone"]]
    values[place] = values[place][:-1] + _next(values[place][-1:])


def _number_anew(values: Values) -> None:
    nine = f"1{values[0][2:10].decode()}"
    values[0] = f'"{nine}{check_digit(nine)}'.encode()


_CHANGES: tuple[Callable[[Values], None], ...] = (_rename_company, _move, _ring_elsewhere, _number_anew)


def _next(digit: bytes) -> bytes:
    return b"%d" % (int(digit) % 9 + 1)


def _gone(line: bytes) -> bytes:
    """Return what CMS leaves of a row: the number and the day."""
    values = [b""] * len(_PLACES)
    values[0], values[_PLACES[layout.DEACTIVATED]] = line[1:11], b"10/15/2025"
    return b'"' + _BETWEEN.join(values) + b'"\n'


def _changed_places(main: Path) -> Iterator[tuple[int, bytes]]:
    """Yield where the rows stand that change in a month, and what they become."""
    organisations, offset = 0, 0
    with main.open("rb") as file:
        for line in file:
            if line[11 : 11 + len(_ORGANISATION)] == _ORGANISATION:
                organisations += 1
                if organisations % IN_A_MONTH == 0:
                    yield offset, changed(line, organisations // IN_A_MONTH)
            offset += len(line)


def _overwrite(main: Path, places: Iterator[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Write over what stands at some places of a file; return what stood there."""
    before = []
    with main.open("r+b") as file:
        for offset, new in places:
            file.seek(offset)
            before.append((offset, file.read(len(new))))
            file.seek(offset)
            file.write(new)
    return before


def _rename(folder: Path, old: str, new: str) -> None:
    for kind in RELEASE:
        (folder / file_name(kind, old)).rename(folder / file_name(kind, new))
