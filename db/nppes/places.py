"""Some 500 real US places, so that a sample has towns, ZIPs and coordinates that fit together.

The coordinates are ZIP centroids of GeoNames (CC BY 4.0), in degrees.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("places.csv")


@dataclass(frozen=True)
class Place:
    """A ZIP with its town, state and centroid."""

    zip: str
    city: str
    state: str
    latitude: float
    longitude: float


@cache
def places() -> tuple[Place, ...]:
    """Return the places in order of ZIP; states that have more companies have more of them."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Place(row["zip"], row["city"], row["state"], float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        )
