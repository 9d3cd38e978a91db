"""Checks of a running server of this project, at the address of --server."""

import orjson

from graph.condition import Health
from graph.doctor.asking import ask
from graph.doctor.check import check
from graph.doctor.finding import Finding, NotRunError, PreventedError, failed, ok, warning
from graph.doctor.subject import Subject

READY = "server-ready"


@check(READY, "whether a running server (--server) can answer")
async def ready(subject: Subject) -> Finding:
    """Ask /readyz."""
    address = require_server(subject)
    try:
        answer = await ask(f"{address}/readyz")
    except Exception as error:  # noqa: BLE001 - the network's and the library's are many
        return failed(f"{address} can't be reached: {type(error).__name__}", "Start it, or see the address.")
    if answer.status == 200:  # noqa: PLR2004 - OK
        return ok(f"{address} can answer")
    return failed(f"{address} answers /readyz with {answer.status}", "See server-health, and its log.")


@check("server-health", "what a running server (--server) says of its parts", needs=READY)
async def health(subject: Subject) -> Finding:
    """Ask /health, with the operators' token, or that of --token."""
    address, settings = require_server(subject), subject.settings
    secret = settings.operations_token.get_secret_value() if settings.operations_token else subject.given.token
    answer = await ask(f"{address}/health", {"authorization": f"Bearer {secret}"} if secret else {})
    if answer.status in {401, 403}:
        raise PreventedError(
            "/health is closed: set OPERATIONS_TOKEN as the server has it, or give a --token of ADMIN"
        )
    told = orjson.loads(answer.body)
    unwell = {name: each for name, each in told["checks"].items() if each["status"] != Health.HEALTHY}
    if not unwell:
        return ok(f"all {len(told['checks'])} of its parts are healthy")
    found = "; ".join(f"{name} is {each['status']}: {each['detail']}" for name, each in unwell.items())
    advice = "The check of the same name here says what to do; docs/operators.md has what each is."
    return (failed if told["status"] == Health.UNHEALTHY else warning)(found, advice)


def require_server(subject: Subject) -> str:
    """Return the server's address; raises NotRunError where none was given."""
    if subject.given.server is None:
        raise NotRunError("no --server was given")
    return subject.given.server
