"""The rows of a first release, complete: companies with their names, locations with their ZIP's centroid."""

from dataclasses import dataclass
from datetime import date

import asyncpg
import polars as pl

from db.nppes.copying import Tables
from db.nppes.merge_companies import FIELDS
from db.nppes.name_lists import NameLists
from db.nppes.statements import ADDRESS

_STAMPS = ("record_as_of", "status_as_of")
_CENTROIDS = "SELECT zip, position::text AS position, time_zone FROM zips"


@dataclass(frozen=True)
class Release:
    """What the rows of a release's main file are completed with; `zips` has zip, position and time_zone."""

    source: str
    load_id: int
    names: NameLists
    zips: pl.DataFrame
    # As of when companies are known (db/nppes/edition.py).
    stamp: date | None

    def turn(self, tables: Tables) -> Tables:
        """Return what a block holds for the staging table of companies as rows of the directory."""
        staged = tables.pop("staged_companies")
        companies, locations = self._companies(staged), self._primaries(staged)
        return {
            "companies": companies,
            "locations": locations,
            "changes": self._changes(companies, locations),
            "read_rows": staged.select("npi", "digest").drop_nulls(),
            **tables,
        }

    def _companies(self, staged: pl.DataFrame) -> pl.DataFrame:
        return staged.select(
            "npi",
            *FIELDS,
            further_names=self.names.of(staged["npi"]),
            is_active=pl.col("npi_status") == "ACTIVE",
            source=pl.lit(self.source),
            **dict.fromkeys(_STAMPS, pl.lit(self.stamp, pl.Date)) if self.stamp else {},
        )

    def _primaries(self, staged: pl.DataFrame) -> pl.DataFrame:
        in_us = pl.when(pl.col("country") == "US")
        placed = (
            staged.lazy()
            .filter("has_location")
            .select(
                "npi",
                *ADDRESS,
                id="location_id",
                phone="location_phone",
                fax="location_fax",
                zip=in_us.then(pl.col("postal_code").str.head(5)),
                kind=pl.lit("PRIMARY_PRACTICE"),
                is_primary=pl.lit(value=True),
                source=pl.lit(self.source),
            )
            .join(self.zips.lazy(), on="zip", how="left")
        )
        is_placed = pl.when(pl.col("position").is_not_null())
        return (
            placed.drop("zip").with_columns(position_precision=is_placed.then(pl.lit("ZIP5_CENTROID"))).collect()
        )

    def _changes(self, companies: pl.DataFrame, locations: pl.DataFrame) -> pl.DataFrame:
        nowhere = {"location_id": pl.lit(None, pl.String), "part_version": pl.lit(None, pl.Int32)}
        created = companies.select("npi", kind=pl.lit("COMPANY_CREATED"), **nowhere)
        there = {"location_id": pl.col("id"), "part_version": pl.lit(1, pl.Int32)}
        added = locations.select("npi", kind=pl.lit("LOCATION_ADDED"), **there)
        return pl.concat([created, added]).with_columns(load_id=pl.lit(self.load_id), version=pl.lit(1))


async def zips(connection: asyncpg.Connection) -> pl.DataFrame:
    """Return the centroids that are known: zip, position as PostgreSQL writes it, time_zone."""
    rows = await connection.fetch(_CENTROIDS)
    schema = dict.fromkeys(("zip", "position", "time_zone"), pl.String)
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
