"""A company has each license once, and not too many of them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from db import licenses
from db.columns import Columns
from graph.context import Context
from graph.mutations.editing import writing_of
from graph.mutations.rows import Rows
from graph.mutations.user_error import UserErrorCode

# Of one company: all of them come with it, wherever they are asked for.
MAX_LICENSES = 200

_COLUMNS = Columns(("id", "npi", "kind", "number", "state"))


async def refuse_twins(context: Context, rows: Rows[Any]) -> None:
    """Tell each good row that gives its company a license which that has already, or gets by an earlier row.

    Tell each, too, that would give a company more licenses than it may have.
    """
    npis = list(dict.fromkeys(row.npi for row in rows.good if row.npi))
    found = await licenses.by_company(writing_of(context).transaction, npis, _COLUMNS)
    held = {each["id"]: dict(each) for of_company in found for each in of_company}
    keys = {key_of(each): id_ for id_, each in held.items()}
    numbers = Counter(each["npi"] for each in held.values())
    for row in rows.good:
        twin = keys.setdefault(key_of({"npi": row.npi, **held.get(row.part_id, {}), **row.values}), row.part_id)
        if twin != row.part_id:
            whose = "The company has" if twin in held else "An earlier row of the list gives the company"
            row.problems.add(UserErrorCode.DUPLICATE, f"{whose} this license.", "number")
        elif row.part_id not in held:
            numbers[row.npi] += 1
            if numbers[row.npi] > MAX_LICENSES:
                row.problems.add(UserErrorCode.TOO_MANY, f"A company has at most {MAX_LICENSES} licenses.", "npi")


def key_of(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """What tells licenses apart: in their numbers only letters and digits count, and no case."""
    number = "".join(each for each in row["number"].casefold() if each.isalnum())
    return row["npi"], row["kind"], row["state"] or "", number or row["number"]
