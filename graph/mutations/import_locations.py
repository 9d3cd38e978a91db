"""importLocations: a file of places, written as addLocations and updateLocations write lists."""

from graph.context import Context
from graph.mutations.import_input import Input
from graph.mutations.job_payload import JobPayload, ask_for
from graph.mutations.rows import Row
from graph.mutations.upload_choice import take_upload
from graph.mutations.user_error import Problems
from graph.resolvers import single
from graph.types.job import JobKind


@single
async def import_locations(context: Context, input: Input) -> JobPayload:  # noqa: A002 - the argument's name in the schema
    """Have a file of places imported."""
    row = Row(input, Problems(("input",)))
    arguments = input.as_arguments(await take_upload(context, row))
    return await ask_for(context, row, JobKind.IMPORT_LOCATIONS, arguments, only_try=False)  # type: ignore[return-value]
