"""The verdict on numbers as people have them: whether each is in force, and what a mistyped one may have been."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from db import companies, npi
from db.columns import Asked
from db.companies import Company, Standing
from db.reads import Reads

Result = Literal["ACTIVE", "DEACTIVATED", "NOT_FOUND", "INVALID_FORMAT", "INVALID_CHECK_DIGIT"]

# A verdict: input, result, and of what is known name, deactivated_on, reactivated_on and replacement_npi; `npi` is
# that of the company in the directory.
Verdict = Mapping[str, Any]

_UNKNOWN = dict.fromkeys(("npi", "name", "deactivated_on", "reactivated_on", "replacement_npi"))
# What is meant may be another number.
_MAYBE_MISTYPED = frozenset({"NOT_FOUND", "INVALID_FORMAT", "INVALID_CHECK_DIGIT"})


async def verdicts(database: Reads, inputs: Sequence[str], numbers: Sequence[str]) -> list[Verdict]:
    """Return the verdict on each number, in their order; `inputs` are the numbers as they came."""
    forms = {number: npi.verdict(number) for number in numbers}
    wellformed = [number for number, form in forms.items() if form == "VALID"]
    known = await companies.standings(database, wellformed) if wellformed else {}
    return [_verdict(each, forms[number], known.get(number)) for each, number in zip(inputs, numbers, strict=True)]


def _verdict(given: str, form: npi.Verdict, standing: Standing | None) -> Verdict:
    if standing is None:
        return {"input": given, "result": "NOT_FOUND" if form == "VALID" else form, **_UNKNOWN}
    number, name, status, deactivated_on, reactivated_on, replacement_npi, *_ = standing
    return {
        "input": given,
        "result": "DEACTIVATED" if status == "DEACTIVATED" else "ACTIVE",
        # A number that was only ever seen deactivated has no name, and is no company's.
        "npi": None if name is None else number,
        "name": name,
        "deactivated_on": deactivated_on,
        "reactivated_on": reactivated_on,
        "replacement_npi": replacement_npi,
    }


def candidates(number: str, result: str) -> list[str]:
    """Return the NPIs that a number with a verdict may have been meant as, the likeliest first."""
    return npi.near(number) if result in _MAYBE_MISTYPED else []


async def meant(database: Reads, numbers: Sequence[Sequence[str]], columns: Asked = None) -> list[list[Company]]:
    """Return, for the candidates of each number, the companies that have one of them, in their order."""
    wanted = list({each: None for found in numbers for each in found})
    known = await companies.known(database, wanted, columns) if wanted else {}
    return [[known[each] for each in found if each in known] for found in numbers]
