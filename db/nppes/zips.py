"""ZIP centroids: what puts a location on the map, and into a time zone, as well as its ZIP does."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

import asyncpg
import tzfpy

from db.nppes.errors import BrokenFileError, DatabaseGoneError, NotLoadableError, RowsRejectedError
from db.nppes.places import places
from db.nppes.rejects import Reject, Rejects

_NAMES = {
    "zip": (
        "zip",
        "zipcode",
        "zip_code",
        "zip code",
        "zip5",
        "code",
        "postal code",
        "postal_code",
        "postalcode",
    ),
    "latitude": ("lat", "latitude"),
    "longitude": ("lon", "lng", "long", "longitude"),
    "city": ("city",),
    "state": ("state",),
}
_REQUIRED = ("zip", "latitude", "longitude")
_MOST_NORTH, _MOST_EAST = 90.0, 180.0

_STAGE = """
    CREATE TEMPORARY TABLE staged_zips (zip text, position point, city text, state text, time_zone text)
    ON COMMIT DROP
"""
_MERGE = """
    INSERT INTO zips (zip, position, city, state, time_zone)
    SELECT DISTINCT ON (zip) zip, position, city, state, time_zone FROM staged_zips ORDER BY zip
    ON CONFLICT (zip) DO UPDATE SET
      position = excluded.position, time_zone = excluded.time_zone,
      city = coalesce(excluded.city, zips.city), state = coalesce(excluded.state, zips.state)
    WHERE NOT zips.position ~= excluded.position
       OR (zips.time_zone, zips.city, zips.state) IS DISTINCT FROM (
         excluded.time_zone, coalesce(excluded.city, zips.city), coalesce(excluded.state, zips.state)
       )
"""
_ADD_UNKNOWN = """
    INSERT INTO zips (zip, position, city, state, time_zone)
    SELECT zip, position, city, state, time_zone FROM staged_zips ON CONFLICT (zip) DO NOTHING
"""
# A position better than a centroid stays; and no change is recorded, since nothing that anybody said changed.
_PLACE = """
    UPDATE locations l
    SET position = z.position, position_precision = 'ZIP5_CENTROID', time_zone = z.time_zone
    FROM zips z
    WHERE z.zip = left(l.postal_code, 5) AND l.country = 'US'
      AND l.position_precision IS DISTINCT FROM 'ROOFTOP'
      AND (l.position IS NULL OR NOT l.position ~= z.position OR l.time_zone IS DISTINCT FROM z.time_zone)
"""


@dataclass(frozen=True)
class Centroid:
    """A ZIP's centroid in degrees."""

    zip: str
    latitude: float
    longitude: float
    city: str | None
    state: str | None

    @property
    def row(self) -> tuple[str, str, str | None, str | None, str | None]:
        """Return the row of the staging table."""
        zone = tzfpy.get_tz(self.longitude, self.latitude) or None
        return (self.zip, f"({self.longitude},{self.latitude})", self.city, self.state, zone)


@dataclass(frozen=True)
class ZipSummary:
    """What became of a file of centroids; `without_position` rows had no coordinates."""

    read: int
    changed: int
    located: int
    without_position: int
    rejected: int


async def load_zips(
    connection: asyncpg.Connection, path: Path, *, max_rejected: int = 0, rejects: Path | None = None
) -> ZipSummary:
    """Load a CSV file of ZIP centroids and place the locations whose ZIP it knows; all of it or nothing.

    The header line names zip, latitude and longitude (or usual other words for them), perhaps city and state.
    Raises LoadError.
    """
    file = _read(path)
    if file.rejects.first is not None and rejects is not None:
        file.rejects.write(rejects)
    if file.rejects.first is not None and file.rejects.count > max_rejected:
        raise RowsRejectedError(file.rejects.refusal(rejects))
    with _telling():
        async with connection.transaction():
            await _stage(connection, file.centroids)
            changed = _count(await connection.execute(_MERGE))
            located = _count(await connection.execute(_PLACE))
            summary = ZipSummary(file.read, changed, located, file.without_position, file.rejects.count)
            await connection.execute(
                "INSERT INTO loads (file_kind, file_name, source, is_full, counts)"
                " VALUES ('ZIPS', $1, 'MANUAL', true, jsonb_build_object('read', $2::int, 'changed', $3::int))",
                path.name, file.read, changed,
            )  # fmt: skip
    return summary


async def load_places(connection: asyncpg.Connection) -> None:
    """Add the centroids of the built-in sample's places, where nothing is known of those ZIPs yet."""
    centroids = (Centroid(p.zip, p.latitude, p.longitude, p.city, p.state) for p in places())
    async with connection.transaction():
        await _stage(connection, centroids)
        await connection.execute(_ADD_UNKNOWN)


async def _stage(connection: asyncpg.Connection, centroids: Iterable[Centroid]) -> None:
    await connection.execute(_STAGE)
    buffer = StringIO()
    csv.writer(buffer).writerows(centroid.row for centroid in centroids)
    await connection.copy_to_table("staged_zips", source=BytesIO(buffer.getvalue().encode()), format="csv")


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
        raise DatabaseGoneError(
            f"The database went away during the load ({error}). Nothing was written."
        ) from error


@dataclass
class _File:
    rejects: Rejects
    centroids: list[Centroid]
    read: int = 0
    without_position: int = 0


def _read(path: Path) -> _File:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFileError(f"{path.name} is no text in UTF-8.") from error
    except OSError as error:
        raise NotLoadableError(f"{path} can't be read: {error.strerror or error}.") from error
    rows = csv.reader(StringIO(text))
    columns = _columns(path.name, next(rows, []))
    file = _File(Rejects(path.name), [])
    for row in rows:
        if row:
            _take(file, rows.line_num, {name: _value(row, place) for name, place in columns.items()})
    return file


def _columns(file: str, header: list[str]) -> dict[str, int]:
    present = [name.strip().casefold() for name in header]
    columns = {
        field: next((present.index(name) for name in names if name in present), -1)
        for field, names in _NAMES.items()
    }
    missing = [field for field in _REQUIRED if columns[field] < 0]
    if missing:
        raise BrokenFileError(f"{file} is no file of ZIP centroids: no column is named {' or '.join(missing)}.")
    return {field: place for field, place in columns.items() if place >= 0}


def _value(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _take(file: _File, line: int, values: dict[str, str]) -> None:
    file.read += 1
    if not values["latitude"] or not values["longitude"]:
        file.without_position += 1
        return
    # Spreadsheets take the leading zeros of New England's ZIPs away.
    code = values["zip"].zfill(5)
    try:
        latitude, longitude = float(values["latitude"]), float(values["longitude"])
    except ValueError:
        reason: str | None = "a coordinate is no number"
    else:
        reason = _wrong(code, latitude, longitude)
    if reason is not None:
        file.rejects.extend([Reject(line, "", reason)])
        return
    city, state = values.get("city") or None, values.get("state") or None
    file.centroids.append(Centroid(code, latitude, longitude, city, state))


def _wrong(code: str, latitude: float, longitude: float) -> str | None:
    if not (code.isascii() and code.isdigit() and len(code) == len("00000")):
        return "the ZIP isn't five digits"
    if not (abs(latitude) <= _MOST_NORTH and abs(longitude) <= _MOST_EAST):
        return "a coordinate is out of range"
    return None


def _count(tag: str) -> int:
    return int(tag.rsplit(" ", 1)[-1])
