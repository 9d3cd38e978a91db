"""Files of ZIP centroids as people have them: GeoNames, Census gazetteers, any CSV that names its columns."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import tzfpy

from db.nppes.blocks import text_of
from db.nppes.errors import BrokenFileError, NotLoadableError
from db.nppes.rejects import Reject, Rejects
from db.nppes.source import reading
from db.nppes.table import values_of

_NAMES = {
    "zip": (
        "zip", "zipcode", "zip_code", "zip code", "zip5", "code", "postal code", "postal_code", "postalcode",
        # Of the Census Bureau, by year.
        "geoid", "zcta", "zcta5", "geoid20", "geoid10", "zcta5ce20", "zcta5ce10",
    ),
    "latitude": ("lat", "latitude", "intptlat", "intptlat20", "intptlat10"),
    "longitude": ("lon", "lng", "long", "longitude", "intptlong", "intptlon", "intptlon20", "intptlon10"),
    "city": ("city",),
    "state": ("state", "state_id"),
}  # fmt: skip
_REQUIRED = ("zip", "latitude", "longitude")
_SEPARATORS = (",", "\t", ";", "|")
# GeoNames' postal codes have no header: country code, postal code, place name, state name, state code, ...,
# latitude, longitude, accuracy (its readme.txt).
_GEONAMES = {"zip": 1, "city": 2, "state": 4, "latitude": 9, "longitude": 10}
_GEONAMES_WIDTH = 12
# The territories have ZIPs, and files of their own there.
_WITH_ZIPS = {"US", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW"}

_MOST_NORTH, _MOST_EAST = 90.0, 180.0
# All countries' postal codes at GeoNames are 140 MB.
_MOST_BYTES = 400_000_000
_TEXTS = {".txt", ".csv", ".tsv"}


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


@dataclass
class Centroids:
    """What a file holds; of a ZIP that comes several times the first row stands."""

    rejects: Rejects
    by_zip: dict[str, Centroid]
    read: int = 0
    without_position: int = 0


def read_centroids(path: Path, allowed: int, listing: Path | None) -> Centroids:
    """Return the centroids of a file, or of the one in a ZIP. Raises LoadError.

    The rejected rows are listed in `listing`, and `allowed` of them don't matter.
    """
    found = Centroids(Rejects(path.name, allowed, listing), {})
    for row_lines in _candidates(path):
        lines = row_lines.splitlines()
        layout = _layout(lines[0]) if lines else None
        if layout is None:
            continue
        rejected: list[Reject] = []
        for line, row in _rows(lines, layout):
            found.read += 1
            reason = row if isinstance(row, str) else _take(found, layout.of(row))
            if reason is not None:
                rejected.append(Reject(line, "", reason))
            if len(rejected) > found.rejects.most:
                break
        found.rejects.extend(rejected)
        return found
    raise BrokenFileError(
        f"{path.name} is no file of ZIP centroids: no column is named {' or '.join(_missing(path))}. It may be "
        "US.txt or US.zip of GeoNames, the ZCTA gazetteer of the Census Bureau, or a CSV file whose first line "
        "names its columns zip, latitude and longitude."
    )


@dataclass(frozen=True)
class _Layout:
    separator: str
    columns: dict[str, int]
    has_header: bool

    def of(self, row: list[str]) -> dict[str, str]:
        """Return a row's values by what they are, without blanks around them."""
        return {name: row[place].strip() if place < len(row) else "" for name, place in self.columns.items()}


def _candidates(path: Path) -> Iterator[str]:
    """Yield the texts that may hold centroids."""
    try:
        if not zipfile.is_zipfile(path):
            if path.stat().st_size > _MOST_BYTES:
                raise BrokenFileError(f"{path.name} has more than {_MOST_BYTES:,} bytes.")
            yield text_of(path.read_bytes())
            return
    except OSError as error:
        raise NotLoadableError(f"{path} can't be read: {error.strerror or error}.") from error
    with reading(path.name), zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = PurePosixPath(entry.filename.replace("\\", "/"))
            if name.suffix.lower() in _TEXTS and not name.name.startswith("._") and entry.file_size <= _MOST_BYTES:
                yield text_of(archive.read(entry))


def _missing(path: Path) -> list[str]:
    first = next((text.splitlines()[0] for text in _candidates(path) if text), "")
    columns = max((_columns(first.split(separator)) for separator in _SEPARATORS), key=len)
    return [field for field in _REQUIRED if field not in columns]


def _layout(first: str) -> _Layout | None:
    """Return how a file is laid out, by its first line; None where it holds no centroids."""
    values = first.split("\t")
    if len(values) == _GEONAMES_WIDTH and values[0].isupper() and len(values[0]) == len("US"):
        return _Layout("\t", _GEONAMES, has_header=False)
    for separator in _SEPARATORS:
        header = values_of(first, separator)
        columns = {} if isinstance(header, str) else _columns(header)
        if all(field in columns for field in _REQUIRED):
            return _Layout(separator, columns, has_header=True)
    return None


def _columns(header: list[str]) -> dict[str, int]:
    present = [name.strip().strip('"').casefold() for name in header]
    places = {
        field: next((present.index(name) for name in names if name in present), -1)
        for field, names in _NAMES.items()
    }
    return {field: place for field, place in places.items() if place >= 0}


def _rows(lines: list[str], layout: _Layout) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the rows with their lines, each its values or why it has none."""
    for line, text in enumerate(lines, 1):
        if not layout.has_header:
            row = text.split("\t")
            # GeoNames writes quotes as they are, and other countries' codes aren't ZIPs.
            if row[0] in _WITH_ZIPS:
                yield line, row
        elif line > 1 and text.strip(f"{layout.separator} "):
            yield line, values_of(text, layout.separator)


def _take(found: Centroids, values: dict[str, str]) -> str | None:
    """Add a row; return why it can't be taken."""
    if not values["latitude"] or not values["longitude"]:
        found.without_position += 1
        return None
    # Spreadsheets take the leading zeros of New England's ZIPs away.
    code = values["zip"].zfill(5)
    try:
        # Where semicolons separate values, commas are often decimal points.
        latitude, longitude = (float(values[field].replace(",", ".")) for field in ("latitude", "longitude"))
    except ValueError:
        return "a coordinate is no number"
    if (reason := _wrong(code, latitude, longitude)) is not None:
        return reason
    city, state = values.get("city") or None, values.get("state") or None
    found.by_zip.setdefault(code, Centroid(code, latitude, longitude, city, state))
    return None


def _wrong(code: str, latitude: float, longitude: float) -> str | None:
    if not (code.isascii() and code.isdigit() and len(code) == len("00000")):
        return "the ZIP isn't five digits"
    if not (abs(latitude) <= _MOST_NORTH and abs(longitude) <= _MOST_EAST):
        return "a coordinate is out of range"
    return None
