"""Editors and a loader who write one directory at once, at random."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from db.nppes.layout import FileKind
from db.nppes.sample_load import load_sample
from db.nppes.zips import load_zips
from tests.db.nppes.cms import Directory, deactivation, npi, organisation, other_name, person, secondary
from tests.graph.mutations.conftest import ADMIN, Mutate

# What is loaded besides ZIPs, how often.
KINDS = (FileKind.COMPANIES, FileKind.COMPANIES, FileKind.LOCATIONS, FileKind.NAMES)

Row = dict[str, Any]


@dataclass
class Scale:
    """How much is written: companies, places to begin with, and what each writer and the loader do."""

    companies: int
    writers: int
    edits: int
    loads: int
    rows: int


class Writers:
    """Editors, and a loader, of one directory."""

    # How often each mutation is sent.
    edits: Mapping[str, int] = MappingProxyType(
        {
            "updateCompanies": 3,
            "setCompaniesActive": 1,
            "createCompanies": 1,
            "addLicense": 1,
            "addLocation": 3,
            "updateLocation": 2,
            "setPrimaryLocation": 1,
            "removeLocation": 1,
            "restoreLocation": 1,
        }
    )

    def __init__(self, mutate: Mutate, connection: Any, folder: Path, scale: Scale, seed: int) -> None:
        self.mutate, self.connection, self.scale = mutate, connection, scale
        self.directory = Directory(connection, folder)
        self.random = random.Random(seed)  # noqa: S311 - what to write, no secrets
        self.numbers = [npi(5000 + number) for number in range(scale.companies)]
        self.weeks = count(1)
        self.places: list[str] = []
        self.are_done = False

    async def do(self, verb: str, type_: str, given: Any) -> Any:
        """Do what a mutation does; its payload, or None where it was refused."""
        about = "location { id }" if "Location" in verb else "company { npi }"
        shown, more = f"{about} userErrors {{ code }}", ""
        if isinstance(given, list):
            shown, more = "outcomes { userErrors { code } }", ", onError: REJECT_FAILED"
        query = f"mutation($input: {type_}) {{ done: {verb}(input: $input{more}) {{ {shown} }} }}"
        answer = await self.mutate(query, {"input": given}, ADMIN)
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"SERVICE_UNAVAILABLE", "CONFLICT", "TIMEOUT"}, answer
        return answer["data"] and answer["data"]["done"]

    async def edit(self, number: int) -> None:
        """Make one edit after the other."""
        for step in range(self.scale.edits):
            await self.edit_once(f"{number}-{step}")
            await asyncio.sleep(self.random.random() / 100)

    async def edit_once(self, mark: str) -> None:
        """Do something to something."""
        some = self.random.sample(self.numbers, min(self.scale.rows, len(self.numbers)))
        [what] = self.random.choices(tuple(self.edits), tuple(self.edits.values()))
        if what == "updateCompanies":
            rows = [{"npi": each, "website": f"https://{mark}.example"} for each in some]
            await self.do(what, "[UpdateCompanyInput!]!", rows)
        elif what == "setCompaniesActive":
            flags = [{"npi": each, "isActive": self.random.choice((True, False, None))} for each in some]
            await self.do(what, "[SetCompanyActiveInput!]!", flags)
        elif what == "createCompanies":
            await self.do(what, "[CreateCompanyInput!]!", [{"npi": each, "name": mark} for each in some])
        elif what == "addLicense":
            given = {"npi": some[0], "kind": "OTHER", "name": mark, "expiresOn": "2030-01-01"}
            await self.do(what, "AddLicenseInput!", given)
        else:
            await self.edit_place(what, mark, some[0])

    async def edit_place(self, what: str, mark: str, number: str) -> None:
        """Do something to a place, or enter one of a company."""
        pick = self.random.choice
        place = pick(self.places) if self.places else "location:00000000-0000-4000-8000-000000000000"
        if what == "addLocation":
            city, state, zip_ = pick((("Austin", "TX", "78701"), ("Miami", "FL", "33101")))
            address = {"line1": f"{mark} A St", "city": city, "state": state, "postalCode": zip_}
            done = await self.do(what, "AddLocationInput!", {"npi": number, "address": address})
            if done and done["location"]:
                self.places.append(done["location"]["id"])
        elif what == "updateLocation":
            given = {"id": place, "name": mark, "timeZone": pick((None, "America/Denver"))}
            await self.do(what, "UpdateLocationInput!", given)
        elif what == "restoreLocation":
            await self.do(what, "RestoreLocationInput!", {"id": place})
        else:
            await self.do(what, "LocationChoice!", {"id": place})

    async def load(self) -> None:
        """Load one file after the other."""
        for _ in range(self.scale.loads):
            week = next(self.weeks)
            day = f"20{25 + week // 300:02}{1 + week // 25 % 12:02}{1 + week % 25:02}"
            some = self.random.sample(self.numbers, len(self.numbers) // 2)
            kind = self.random.choice((*KINDS, None))
            if kind is None:
                path = self.directory.folder / f"zips{week}.csv"
                path.write_text(f"zip,lat,lng,city,state\n78701,30.{week},-97.7,Austin,TX\n", encoding="utf-8")
                await load_zips(self.connection, path)
                continue
            rows = [row for number in some for row in self.said(kind, number, week)]
            path = self.directory.write(kind, rows, f"{day}-{day}")
            await self.directory.load(path)
            path.unlink()

    def said(self, kind: FileKind, number: str, week: int) -> Sequence[Row]:
        """What a file says of a company."""
        if kind is FileKind.NAMES:
            return [other_name(number, f"Other {week}")]
        if kind is FileKind.LOCATIONS:
            streets = self.random.sample(("9 ELM AVE", "8 OAK ST", "7 ASH ST"), 2)
            return [secondary(number, street, phone=f"21455501{week % 100:02}") for street in streets]
        dice = self.random.randrange(10)
        if dice == 0:
            return [deactivation(number)]
        if dice == 1:
            return [person(number)]
        city = self.random.choice(({}, {"city": "DALLAS", "postal_code": "75201"}))
        return [organisation(number, f"NAME {week}", line1=f"{week % 3} MAIN ST", **city)]

    async def begin(self) -> None:
        """Load a sample, and real companies in its place."""
        await load_sample(self.connection, companies=20, seed=3)
        rows = [organisation(number) for number in self.numbers[: len(self.numbers) * 2 // 3]]
        await self.directory.companies(*rows)

    async def all_at_once(self) -> None:
        """Edit and load, until that is done."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for task in (self.load(), *(self.edit(number) for number in range(self.scale.writers))):
                    tasks.create_task(task)
        finally:
            self.are_done = True
