"""What can be done as a job: each kind by the name that it has in the schema (graph/types/job.py)."""

from collections.abc import Mapping
from typing import Final

from graph.jobs.export_companies import export_companies
from graph.jobs.import_companies import import_companies
from graph.jobs.import_locations import import_locations
from graph.jobs.verify_list import verify_list
from graph.jobs.work import Kind

KINDS: Final[Mapping[str, Kind]] = {
    "EXPORT_COMPANIES": export_companies,
    "IMPORT_COMPANIES": import_companies,
    "IMPORT_LOCATIONS": import_locations,
    "VERIFY_LIST": verify_list,
}
