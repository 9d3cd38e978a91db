"""Jobs: what is done for the viewer in the background, how far it is, and the file that comes of it."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, ClassVar

import strawberry
from strawberry import enum_value

from db import jobs
from db.jobs import KEPT_DAYS, MOST_FILES
from db.jobs import Job as JobRow
from graph.context import Context
from graph.directives.example import Example
from graph.links import LIFETIME, link_to
from graph.resolvers import inlined, reads, single
from graph.types import paging, scalars
from graph.types.examples import A_CHANGE, A_JOB
from graph.types.own import Own
from graph.types.paging import PageArguments, PageInfo, own_row

# Jobs of one owner that haven't ended.
MAX_UNFINISHED = 3

JobId = Annotated[strawberry.ID, strawberry.argument(directives=[A_JOB], description="Its `id`.")]


@strawberry.enum(description="The kinds of jobs.")
class JobKind(Enum):
    """The kinds of jobs, by the names that graph/jobs/kinds.py has them under."""

    EXPORT_COMPANIES = enum_value("EXPORT_COMPANIES", description="Companies are written into a file.")
    IMPORT_COMPANIES = enum_value("IMPORT_COMPANIES", description="Companies are imported from a file.")
    IMPORT_LOCATIONS = enum_value("IMPORT_LOCATIONS", description="Locations are imported from a file.")
    VERIFY_LIST = enum_value("VERIFY_LIST", description="The numbers of a list are verified.")


@strawberry.enum(description="The states of a job.")
class JobState(Enum):
    """The states of a job; the last three are for ever."""

    QUEUED = enum_value("QUEUED", description="It waits for its turn.")
    RUNNING = enum_value("RUNNING", description="It is running.")
    SUCCEEDED = enum_value("SUCCEEDED", description="It is done, and its file can be downloaded.")
    FAILED = enum_value("FAILED", description="It failed; `error` says why.")
    CANCELED = enum_value("CANCELED", description="You have canceled it.")


@inlined('"job:" + str({id})')
def job_id(root: JobRow) -> strawberry.ID:
    """Return a job's id."""
    return strawberry.ID(f"job:{root['id']}")


@inlined("{error_code}")
def code_of_error(root: JobRow) -> str:
    """Return why a job can't be done, to branch on."""
    return str(root["error_code"])


@inlined("{error_message}")
def message_of_error(root: JobRow) -> str:
    """Return why a job can't be done, to read."""
    return str(root["error_message"])


@strawberry.type(description="Why a job failed.")
class JobError:
    """An error, resolved from a row of jobs that failed."""

    code: str = strawberry.field(
        resolver=code_of_error,
        directives=[Example(value="SERVICE_UNAVAILABLE")],
        description="The reason, to branch on: an `extensions.code`, or ABANDONED if its servers were lost.",
    )
    message: str = strawberry.field(
        resolver=message_of_error,
        directives=[Example(value="The database is away.")],
        description="The reason, for people.",
    )


@reads("id", "key")
def url_of_file(root: JobRow) -> str:
    """Return a link to a job's file."""
    return link_to(root["id"], root["key"])


@inlined("{file}")
def name_of_file(root: JobRow) -> str:
    """Return what a job's file is called."""
    return str(root["file"])


@inlined("float({bytes})")
def bytes_of_file(root: JobRow) -> float:
    """Return how long a job's file is: more than an Int may be."""
    return float(root["bytes"])


@reads("cursor")
def cursor_of_file(root: JobRow) -> str | None:
    """Return the cursor of the change that a job's file is as of."""
    return None if root["cursor"] is None else str(root["cursor"])


@reads("finished_at")
def end_of_file(root: JobRow) -> datetime:
    """Return until when a job's file is kept."""
    kept: datetime = root["finished_at"] + timedelta(days=KEPT_DAYS)
    return kept


@strawberry.type(
    description=(
        f"The file that a job has written; it is kept for {KEPT_DAYS} days, or until you have {MOST_FILES} newer "
        "ones."
    )
)
class JobFile:
    """A file, resolved from a row of jobs that were done."""

    url: str = strawberry.field(
        resolver=url_of_file,
        directives=[Example(value="/files/9b82073d-5c86-4f01-fd40-d53fdec257ca?until=1793491200&key=mV2xKq")],
        description=(
            "Where to download it, as a path on this server: a link that is valid for at least "
            f"{LIFETIME // 60} minutes and needs no token; query it again for a newer one. An interrupted "
            "download can be resumed with the header Range."
        ),
    )
    name: str = strawberry.field(
        resolver=name_of_file, directives=[Example(value="companies.ndjson.gz")], description="Its name."
    )
    rows: int = strawberry.field(description="How many rows it has, without the header.")
    bytes: float = strawberry.field(
        resolver=bytes_of_file,
        directives=[Example(value="48213")],
        description="Its size in bytes, as downloaded.",
    )
    sha256: str = strawberry.field(
        directives=[Example(value="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")],
        description="Its SHA-256 in hexadecimal, as downloaded.",
    )
    cursor: str | None = strawberry.field(
        resolver=cursor_of_file,
        directives=[A_CHANGE],
        description="The last change that it includes: `changes(after:)` continues from here without a gap.",
    )
    expires_at: datetime = strawberry.field(resolver=end_of_file, description="When it is removed, at the latest.")


@reads("error_code")
def error_of_job(root: JobRow) -> JobError | None:
    """Return why a job can't be done."""
    return None if root["error_code"] is None else root  # type: ignore[return-value]


@reads("file")
def file_of_job(root: JobRow) -> JobFile | None:
    """Return a job's file."""
    return None if root["file"] is None else root  # type: ignore[return-value]


@strawberry.type(
    description=f"Work that is done for you in the background; it is deleted {KEPT_DAYS} days after it has ended."
)
class Job:
    """A job, resolved from a row of jobs."""

    row: ClassVar = JobRow

    id: strawberry.ID = strawberry.field(
        resolver=job_id,
        directives=[A_JOB],
        description="Its id, for `job`.",
    )
    kind: JobKind = strawberry.field(description="The kind of job.")
    state: JobState = strawberry.field(description="Its state.")
    done: int = strawberry.field(
        description="How many rows are done; except for imports it starts over if the job's server fails."
    )
    total: int | None = strawberry.field(description="How many rows there are; null while that isn't known.")
    failed: int | None = strawberry.field(
        directives=[Example(value="0")],
        description="How many rows of an import failed; null until it has SUCCEEDED, and for other jobs.",
    )
    error: JobError | None = strawberry.field(
        resolver=error_of_job, description="Why it failed; null unless it is FAILED."
    )
    file: JobFile | None = strawberry.field(
        resolver=file_of_job, description="The file that it has written; null unless it has SUCCEEDED."
    )
    created_at: datetime = strawberry.field(description="When you asked for it.")
    started_at: datetime | None = strawberry.field(description="When it was started for the first time.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")


@strawberry.type(description="An edge of a page of your jobs.")
class JobEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: Job = strawberry.field(resolver=paging.edge_node, description="The job.")


@strawberry.type(description="A page of your jobs.")
class JobConnection:
    """A connection, resolved from a Slice."""

    edges: list[JobEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The jobs with their cursors."
    )
    nodes: list[Job] = strawberry.field(resolver=paging.slice_nodes, description="The jobs without their cursors.")
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")


JOBS = Own("job", "jobs", scalars.job_uuid, jobs.OWNED)


@single
async def job(context: Context, id: JobId) -> Job | None:  # noqa: A002 - the argument's name in the schema
    """Return the viewer's job with this id."""
    return await JOBS.by_id(context, id)  # type: ignore[return-value]


@single
async def jobs_page(context: Context, first: paging.First = None, after: paging.After = None) -> JobConnection:
    """Return a page of the viewer's jobs."""
    return await JOBS.page(context, PageArguments(first, after))  # type: ignore[return-value]
