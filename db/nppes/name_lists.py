"""The other names of a first release, gathered in memory, since companies are written together with them."""

import polars as pl

from db.nppes.copying import Tables
from db.nppes.values import json

_SCHEMA = {"npi": pl.String, "names": pl.String}
_NONE = "[]"


class NameLists:
    """Each NPI's other names as JSON: rows are taken block by block, then grouped once."""

    def __init__(self) -> None:
        self._blocks: list[pl.DataFrame] = []
        self._lists = pl.DataFrame(schema=_SCHEMA)

    def turn(self, tables: Tables) -> Tables:
        """Keep what a block holds for the staging table of names; nothing of it is copied."""
        self._blocks.append(tables["staged_names"].drop("line"))
        return {}

    def group(self) -> int:
        """Make the lists, each name once; return how many rows said a thing once more."""
        rows = pl.concat(self._blocks)
        self._blocks.clear()
        named = rows.unique(maintain_order=True)
        objects = json(name=pl.col("name"), kind=pl.col("kind"))
        self._lists = (
            named.group_by("npi", maintain_order=True)
            .agg(names="[" + objects.str.join(",") + "]")
            .sort("npi")
            .rechunk()
        )
        return rows.height - named.height

    def of(self, npis: pl.Series) -> pl.Series:
        """Return the list of each NPI."""
        if self._lists.is_empty():
            return pl.repeat(_NONE, len(npis), eager=True)
        # A join would hash all of the lists for each block.
        places = self._lists["npi"].search_sorted(npis).clip(upper_bound=self._lists.height - 1)
        found = self._lists[places]
        return found.select(pl.when(found["npi"] == npis).then("names").otherwise(pl.lit(_NONE)))["names"]
