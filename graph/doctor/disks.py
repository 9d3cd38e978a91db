"""The check of the disks of this machine that a server writes to."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from db.address import read_address
from db.failures import DatabaseUnavailableError
from db.oversight import server
from db.urls import read_parts
from graph.doctor.check import check
from graph.doctor.finding import Finding, NotRunError, failed, ok, warning
from graph.doctor.subject import Subject, database_url
from graph.identity.loopback import is_loopback

# The share of a disk that should be free, and must be.
LITTLE, NOTHING = 0.1, 0.03


@check("database-disk", "how much is free on the disks that are written to")
async def disk(subject: Subject) -> Finding:
    """Look at the folders of this machine; another machine's disks nobody sees from here."""
    folders = {name: folder for name, folder in (await folders_of(subject)).items() if folder.is_dir()}
    if not folders:
        raise NotRunError("PostgreSQL is on another machine, and no folder of this one is written to")
    shares = {name: await asyncio.to_thread(free_share, folder) for name, folder in folders.items()}
    name, share = min(shares.items(), key=lambda each: each[1])
    told = f"{share:.0%} is free where {name} is ({folders[name].absolute()})"
    if share < NOTHING:
        return failed(told, "Free some: without it PostgreSQL takes no more changes, and ends.")
    if share < LITTLE:
        return warning(told, "Free some, or give it a larger disk; CHANGES_KEPT_DAYS bounds the log of changes.")
    return ok(told)


async def folders_of(subject: Subject) -> Mapping[str, Path]:
    """Return the folders that are written to, by what each is."""
    found = {"DATA_DIR": subject.settings.data_dir, "FILES_DIR": subject.settings.files_folder}
    url = database_url(subject.settings)
    if subject.database is not None and url is not None and is_here(url):
        # A PostgreSQL that a full disk has ended says nothing; who may not see the setting is told nothing of it.
        with suppress(DatabaseUnavailableError):
            data = (await server.settings(subject.database, "data_directory")).get("data_directory")
            found |= {"PostgreSQL's data": Path(data)} if data else {}
    return found


def is_here(url: str) -> bool:
    """Return whether a PostgreSQL is on this machine: behind a Unix socket, or on loopback."""
    parts = read_parts(read_address(url).public.partition("://")[2])
    host = parts.parameters.get("host") or (parts.hosts[0][0] if parts.hosts else "")
    return not host or host.startswith("/") or is_loopback(host)


def free_share(folder: Path) -> float:
    """Return which share of a folder's disk is free for us."""
    usage = shutil.disk_usage(folder)
    return usage.free / (usage.used + usage.free)
