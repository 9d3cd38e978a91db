"""Addresses against what is known of their ZIPs: the state that a ZIP is in, and a place's time zone."""

from collections.abc import Iterable, Mapping
from typing import Any

from db.edits import zips
from db.edits.zips import KnownZip
from graph.context import Context
from graph.mutations.address_input import STATES
from graph.mutations.editing import writing_of
from graph.mutations.rows import Row, Rows
from graph.mutations.user_error import UserErrorCode

Address = Mapping[str, Any]


async def check_mailing_addresses(context: Context, rows: Rows[Any]) -> None:
    """Tell each good row whose mailing address has a ZIP of another state."""
    addressed: list[tuple[Row[Any], Any]] = [
        (row, row.values["mailing_address"]) for row in rows.good if row.values.get("mailing_address")
    ]
    if not addressed:
        return
    known = await _known(context, [address for _, address in addressed])
    for row, address in addressed:
        _refuse_other_state(row, address, known, "mailingAddress")


async def check_places(context: Context, rows: Rows[Any], *, are_new: bool = False) -> None:
    """Tell each good row whose address has a ZIP of another state; give the others the time zones of their ZIPs.

    That is where none is given and the place is new, moves, or shall have its ZIP's zone again.
    """
    placed = [(row, _address(row, are_new=are_new)) for row in rows.good]
    placed = [
        (row, address) for row, address in placed if "line1" in row.values or _needs_zone(row, are_new=are_new)
    ]
    known = await _known(context, [address for _, address in placed])
    for row, address in placed:
        if "line1" in row.values:
            _refuse_other_state(row, address, known, "address")
        if _needs_zone(row, are_new=are_new):
            zip_ = known.get(address["postal_code"]) if address["country"] == "US" else None
            row.values = {**row.values, "time_zone": zip_["time_zone"] if zip_ else None}


def _address(row: Row[Any], *, are_new: bool) -> Address:
    """Where a row's place will be."""
    before = {} if are_new else row.locked
    names = ("postal_code", "state", "country")
    return {name: row.values[name] if name in row.values else before[name] for name in names}


def _needs_zone(row: Row[Any], *, are_new: bool) -> bool:
    """Whether a place gets the time zone of its ZIP."""
    if row.values.get("time_zone"):
        return False
    if are_new or "time_zone" in row.values:
        return True
    return any(name in row.values and row.values[name] != row.locked[name] for name in ("postal_code", "country"))


async def _known(context: Context, addresses: Iterable[Address]) -> Mapping[str, KnownZip]:
    """What is known of the ZIPs of addresses."""
    american = {each["postal_code"] for each in addresses if each["country"] == "US" and each["postal_code"]}
    return await zips.known(writing_of(context).transaction, american)


def _refuse_other_state(row: Row[Any], address: Address, known: Mapping[str, KnownZip], way: str) -> None:
    """Tell of a ZIP that the post has in another state than the address."""
    found = known.get(address["postal_code"]) if address["country"] == "US" else None
    # Files of the territories' ZIPs have other codes in the place of states.
    if found and found["state"] in STATES and found["state"] != address["state"]:
        message = f"{found['zip']} is a ZIP of {found['state']}, not of {address['state']}."
        row.problems.add(UserErrorCode.INVALID, message, way, "postalCode")
