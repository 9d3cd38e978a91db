"""/debug/profile: where one of the processes that serve spends its time, for operators."""

import os
import re
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from graph.errors import BadUserInputError, NotFoundError, ServiceUnavailableError
from graph.settings import metrics_folder
from graph.site.profile_page import HEADERS, write_profile
from graph.telemetry.profiler import KINDS, Kind, Profiler

PATH: Final = "/debug/profile"
LONGEST: Final = 60.0
# A request that reaches another process than it is for is sent on so often; browsers follow no more than 20.
TRIES: Final = 18


class ProfilePage:
    """Answers with a profile of the process that it is in, or sends the client on to the one that it asks for."""

    def __init__(self) -> None:
        self._profiler = Profiler()

    async def answer(self, request: Request) -> Response:
        """Answer after the seconds that were asked for; raises BadUserInputError for impossible parameters."""
        kind, seconds, form = kind_of(request), seconds_of(request), form_of(request)
        if elsewhere := way_to_chosen(request):
            return elsewhere
        profile = await self._profiler.watch(kind, seconds)
        if form == "file":
            name = f"profile-{os.getpid()}.{'speedscope.json' if kind == 'sampling' else 'pstats'}"
            headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
            return Response(profile.export, media_type="application/octet-stream", headers=headers)
        return HTMLResponse(write_profile(profile, os.getpid(), pids()), headers=HEADERS)


def kind_of(request: Request) -> Kind:
    """Return which kind of profile is asked for: sampling, unless it says otherwise."""
    given = request.query_params.get("kind", KINDS[0])
    for kind in KINDS:
        if kind == given:
            return kind
    raise BadUserInputError(f"`kind` must be one of {', '.join(KINDS)}.", field="kind")


def seconds_of(request: Request) -> float:
    """Return for how long to watch: 5 seconds, unless it says otherwise."""
    given = request.query_params.get("seconds", "5")
    seconds = float(given) if re.fullmatch(r"\d{1,3}(\.\d{1,3})?", given) else 0.0
    if not 0 < seconds <= LONGEST:
        raise BadUserInputError(f"`seconds` must be more than 0, and {LONGEST:g} at most.", field="seconds")
    return seconds


def form_of(request: Request) -> str:
    """Return whether to answer with a page or a file for other programs."""
    given = request.query_params.get("form", "page")
    if given not in {"page", "file"}:
        raise BadUserInputError("`form` must be one of page, file.", field="form")
    return given


def way_to_chosen(request: Request) -> Response | None:
    """Return an answer that has the client connect again, where it asks for another process than this.

    The system gives each connection to one of the processes by chance. None where this is the one, or any will do.
    """
    chosen = request.query_params.get("pid")
    if chosen is None or chosen == str(os.getpid()):
        return None
    known = pids()
    if chosen not in map(str, known):
        listed = ", ".join(map(str, known))
        raise NotFoundError(f"No process that serves here has this pid; these do: {listed}.")
    given = request.query_params.get("tries", "")
    tries = int(given) + 1 if re.fullmatch(r"\d{1,3}", given) else 1
    if tries > TRIES:
        message = f"{TRIES} connections in a row reached other processes than {chosen}; ask again."
        raise ServiceUnavailableError(message)
    url = request.url.include_query_params(tries=tries)
    return RedirectResponse(f"{url.path}?{url.query}", 303, {**HEADERS, "connection": "close"})


def pids() -> list[int]:
    """Return the processes that serve together with this one, itself among them."""
    folder = metrics_folder()
    # Each keeps gauges there for as long as it lives.
    names = [file.name for file in Path(folder).iterdir()] if folder else []
    found = {int(match[1]) for name in names if (match := re.fullmatch(r"gauge_live\w+_(\d+)\.db", name))}
    return sorted(found | {os.getpid()})
