"""The other names of a first release, held in memory, since companies are written together with them."""

import polars as pl

from db.nppes.copying import Tables
from db.nppes.numbers import Numbers
from db.nppes.values import json

_NONE = "[]"


class NameLists:
    """The rows of the file of other names, as numbers and JSON objects; lists are made for a block's NPIs."""

    def __init__(self) -> None:
        self._names = pl.DataFrame(schema={"npi": pl.Int64, "name": pl.String})

    def turn(self, tables: Tables) -> Tables:
        """Keep what a block holds for the staging table of names; nothing of it is copied."""
        name = json(name=pl.col("name"), kind=pl.col("kind"))
        block = tables["staged_names"].select(pl.col("npi").cast(pl.Int64), name=name)
        self._names.vstack(block, in_place=True)
        return {}

    def duplicates(self) -> int:
        """Return how many rows say a thing once more."""
        return self._names.height - self._names.hash_rows().n_unique()

    def staged(self, only: Numbers | None) -> pl.DataFrame:
        """Return the names as rows for the staging table, each once: all of them, or those of some numbers."""
        named = self._names if only is None else self._names.filter(only.hold(self._names["npi"]))
        said = pl.Struct({"name": pl.String, "kind": pl.String})
        rows = named.unique(maintain_order=True).with_row_index("line")
        decoded = rows.with_columns(pl.col("npi").cast(pl.String), pl.col("name").str.json_decode(said))
        return decoded.unnest("name")

    def of(self, npis: pl.Series) -> pl.Series:
        """Return the JSON list of each NPI, each name once, in the order of the file."""
        names, numbers = self._in_order(), npis.cast(pl.Int64).alias("npi")
        places = [names["npi"].search_sorted(numbers, side=side) for side in ("left", "right")]
        ranges = pl.DataFrame([numbers, *places], schema=["npi", "start", "end"])
        found = ranges.filter(pl.col("start") < pl.col("end"))
        rows = found.select("npi", place=pl.int_ranges("start", "end")).explode("place")
        named = rows.select("npi", name=names["name"].gather(rows["place"])).unique(maintain_order=True)
        lists = named.group_by("npi").agg(names="[" + pl.col("name").str.join(",") + "]")
        listed = numbers.to_frame().join(lists, on="npi", how="left", maintain_order="left")
        return listed["names"].fill_null(_NONE)

    def _in_order(self) -> pl.DataFrame:
        """Return all of them by number, each number's in the order of the file."""
        if not self._names["npi"].flags["SORTED_ASC"]:
            self._names = self._names.sort("npi", maintain_order=True)
        return self._names
