"""Where bytes come from: files in folders and ZIPs, by name and size, read as streams and never unpacked."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO

from db.nppes.errors import BrokenFileError, NotLoadableError
from db.nppes.layout import FileKind
from db.nppes.workbook import as_csv, is_workbook

_NAME = re.compile(r"(npidata|othername|pl|deactivated)_pfile_.*\.(?:csv|txt)", re.IGNORECASE)
_REPORT = re.compile(r".*deactivated.*\.(?:xlsx|csv|txt)", re.IGNORECASE)
_HEADER_ONLY = re.compile(r"fileheader", re.IGNORECASE)
_PERIOD = re.compile(r"_([0-9]{8})-([0-9]{8})")
# The report has one day in its name, the ZIP around it often another form of it.
_DAY = re.compile(r"(?<![0-9])([0-9]{8}|[0-9]{6})(?![0-9])")
# Windows writes backslashes into ZIPs, though the format has slashes.
_SLASHES = re.compile(r"[/\\]")
_DEEPEST = 3
_DEFLATE64 = 9
_IS_ENCRYPTED = 1

Opened = Callable[[], AbstractContextManager[IO[bytes]]]

# The day on which CMS began to number; the period of a full file starts there.
_FIRST_DAY = date(2005, 5, 23)
_LONGEST_INCREMENT = timedelta(days=60)

# A ZIP that is damaged, encrypted or of an unknown method shows as one of these.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Period:
    """The days that a file covers, both included."""

    start: date
    end: date

    @property
    def is_full(self) -> bool:
        """Return whether a file of this period holds everything, and not only what changed."""
        return self.start <= _FIRST_DAY or self.end - self.start > _LONGEST_INCREMENT


@dataclass(frozen=True)
class Source:
    """One CSV file, wherever it lies; `kind` is None where the name doesn't say it, `size` is in bytes."""

    name: str
    size: int
    kind: FileKind | None
    period: Period | None
    opened: Opened

    @property
    def order(self) -> tuple[date, int, str]:
        """Return the place in the order of loading: older releases first, companies before what hangs on them."""
        rank = self.kind.rank if self.kind else len(FileKind)
        return (self.period.end if self.period else date.max, rank, self.name)


def discover(paths: Iterable[Path]) -> list[Source]:
    """Return what there is to load in files, folders, ZIPs and workbooks, in the order of loading.

    Raises NotLoadableError where a path holds nothing of ours, BrokenFileError where a ZIP can't be read.
    """
    found: dict[tuple[str, int], Source] = {}
    for path in paths:
        here = list(_under(path))
        if not here:
            raise NotLoadableError(
                f"There is no npidata, pl or othername file of NPPES and no report of deactivations in {path}."
            )
        found.update({(source.name, source.size): source for source in here})
    return sorted(found.values(), key=lambda source: source.order)


def _under(path: Path) -> Iterator[Source]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if _is_shadow(file.relative_to(path).parts):
                continue
            if file.suffix.lower() == ".zip":
                yield from _in_zip(file)
            elif file.is_file() and _is_ours(file.name):
                yield _source(file.name, file.stat().st_size, partial(_file, file))
    elif not path.exists():
        raise NotLoadableError(f"There is no {path}.")
    elif path.suffix.lower() != ".xlsx" and (path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)):
        yield from _in_zip(path)
    else:
        yield _source(path.name, path.stat().st_size, partial(_file, path))


def _is_ours(name: str) -> bool:
    return bool(_NAME.fullmatch(name) or _REPORT.fullmatch(name)) and not _HEADER_ONLY.search(name)


def _is_shadow(parts: Sequence[str]) -> bool:
    """Return whether macOS put a file beside the real one."""
    return "__MACOSX" in parts or parts[-1].startswith("._")


def _source(name: str, size: int, opened: Opened) -> Source:
    match = _NAME.fullmatch(name)
    if match is None and _REPORT.fullmatch(name):
        kind: FileKind | None = FileKind.DEACTIVATIONS
    else:
        kind = FileKind(match.group(1).lower()) if match else None
    if name.lower().endswith(".xlsx"):
        return Source(name, size, kind, _period(name) or _day(name), partial(_workbook, opened, name))
    return Source(name, size, kind, _period(name) or (_day(name) if match is None and kind else None), opened)


def _period(name: str) -> Period | None:
    match = _PERIOD.search(name)
    if match is None:
        return None
    try:
        start, end = (datetime.strptime(day, "%Y%m%d").date() for day in match.groups())  # noqa: DTZ007 (days)
    except ValueError:
        return None
    return Period(start, end)


def _day(name: str) -> Period | None:
    """Return the one day in a report's name: YYYYMMDD, or MMDDYY as in the names of ZIPs."""
    for digits in _DAY.findall(name):
        for form in ("%Y%m%d", "%m%d%Y") if len(digits) == len("20251013") else ("%m%d%y",):
            try:
                day = datetime.strptime(digits, form).date()  # noqa: DTZ007 (a day)
            except ValueError:
                continue
            if day > _FIRST_DAY:
                return Period(day, day)
    return None


def _in_zip(path: Path, inner: tuple[str, ...] = ()) -> Iterator[Source]:
    with reading(path.name), ExitStack() as stack:
        archive = _archive(path, inner, stack)
        entries, is_excel = archive.infolist(), is_workbook(archive)
    if is_excel:
        opened = partial(_member, path, inner) if inner else partial(_file, path)
        name = _SLASHES.split(inner[-1])[-1] if inner else path.name
        yield _source(f"{name}.xlsx", path.stat().st_size, opened)
        return
    for entry in entries:
        parts = _SLASHES.split(entry.filename)
        name, chain = parts[-1], (*inner, entry.filename)
        if not name or _is_shadow(parts):
            continue
        if name.lower().endswith(".zip") and len(inner) < _DEEPEST:
            yield from _in_zip(path, chain)
        elif _is_ours(name):
            _must_be_readable(path, entry)
            yield _source(name, entry.file_size, partial(_member, path, chain))


def _must_be_readable(path: Path, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _IS_ENCRYPTED:
        raise BrokenFileError(f"{entry.filename} in {path.name} is encrypted: take it out, and load that.")
    if entry.compress_type == _DEFLATE64:
        raise BrokenFileError(
            f"{entry.filename} in {path.name} is compressed by Deflate64, as Windows does with large files: "
            "take it out, and load that."
        )


@contextmanager
def _workbook(opened: Opened, name: str) -> Iterator[IO[bytes]]:
    with opened() as file, as_csv(file, name) as rows:
        yield rows


def _file(path: Path) -> IO[bytes]:
    return path.open("rb")


@contextmanager
def _member(path: Path, chain: tuple[str, ...]) -> Iterator[IO[bytes]]:
    with ExitStack() as stack:
        archive = _archive(path, chain[:-1], stack)
        yield stack.enter_context(archive.open(chain[-1]))


def _archive(path: Path, inner: tuple[str, ...], stack: ExitStack) -> zipfile.ZipFile:
    archive = stack.enter_context(zipfile.ZipFile(path))
    for member in inner:
        archive = stack.enter_context(zipfile.ZipFile(stack.enter_context(archive.open(member))))
    return archive


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what goes wrong when bytes are read into BrokenFileError."""
    try:
        yield
    except _ZIP_ERRORS as error:
        raise BrokenFileError(
            f"{name} is no complete ZIP ({error}): it may have been cut short; get it again."
        ) from error
    except OSError as error:
        raise BrokenFileError(f"{name} can't be read: {error.strerror or error}.") from error
