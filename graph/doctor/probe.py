"""Checks that run every root operation of the schema against a server; mutations keep nothing."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import orjson

from graph.doctor.asking import Answer, ask, ask_stream
from graph.doctor.check import check
from graph.doctor.documents import documents_of, roots_of
from graph.doctor.finding import Finding, NotRunError, PreventedError, failed, ok
from graph.doctor.subject import Subject
from graph.examples.operation import Operation
from graph.examples.samples import SOUGHT, Samples

# Seconds for all operations of a kind.
DEADLINE = 60.0
# What an operation may be told without anything being broken: it was run, or refused as it should be.
EXPECTED: Final = frozenset({"BAD_USER_INPUT", "NOT_FOUND", "FORBIDDEN", "CURSOR_EXPIRED"})
# Failures that are told of.
TOLD = 3


@check("probe-queries", "each query, asked of a server (--probe)", deadline=DEADLINE)
async def queries(subject: Subject) -> Finding:
    """Run each query once."""
    return await probed(subject, "query")


@check("probe-mutations", "each mutation, asked of a server (--probe) with validateOnly", deadline=DEADLINE)
async def mutations(subject: Subject) -> Finding:
    """Run each mutation once, and keep nothing of it."""
    return await probed(subject, "mutation")


@check("probe-subscriptions", "each subscription, opened at a server (--probe)", deadline=DEADLINE)
async def subscriptions(subject: Subject) -> Finding:
    """Open each subscription once."""
    return await probed(subject, "subscription")


async def probed(subject: Subject, kind: str) -> Finding:
    """Run each operation of a kind, and return what came of it."""
    if subject.given.probe_address is None:
        raise NotRunError("no --probe was asked for")
    documents = list(documents_of(kind, await samples_of(subject)))
    codes = [await code_of(subject, kind, each) for each in documents]
    outcomes = zip((each.field for each in documents), codes, strict=True)
    if broken := [f"{field}: {code}" for field, code in outcomes if code is not None and code not in EXPECTED]:
        more = f"; {len(broken) - TOLD} more" if len(broken) > TOLD else ""
        return failed(
            f"{len(broken)} of {len(codes)} fail: {', '.join(broken[:TOLD])}{more}",
            "The server's log has them by the operation's name, Probe; docs/troubleshooting.md has each code.",
        )
    refused = Counter(code for code in codes if code is not None)
    told = "".join(f", {count} of them {code}" for code, count in sorted(refused.items()))
    roots = roots_of(kind)
    left = sorted(roots.keys() - {each.field for each in documents})
    told += f"; {len(left)} can't be only validated: {', '.join(left)}" if left else ""
    return ok(f"{len(codes)} of {len(roots)} answered{told}")


async def samples_of(subject: Subject) -> Samples:
    """Return what is there to ask for; raises PreventedError where a plain query is refused."""
    answer = content_of(await asked(subject, SOUGHT))
    match answer:
        case {"errors": [{"extensions": {"code": str(code)}}, *_]} if code not in EXPECTED:
            raise PreventedError(f"the server refuses a plain query: {code}")
    return Samples.of(answer.get("data"))


async def code_of(subject: Subject, kind: str, operation: Operation) -> str | None:
    """Return the gravest code of an operation's errors; None where it has none."""
    answer = content_of(await asked(subject, operation.text, operation.variables, streams=kind == "subscription"))
    codes = [each.get("extensions", {}).get("code", "") for each in answer.get("errors", ())]
    if not (codes or "data" in answer or kind == "subscription"):
        return "no answer of GraphQL"
    return next((code for code in codes if code not in EXPECTED), codes[0] if codes else None)


async def asked(
    subject: Subject, text: str, variables: Mapping[str, Any] | None = None, *, streams: bool = False
) -> Answer:
    """Send a document, with the token that there is."""
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if streams else "application/json",
    }
    headers |= {"authorization": f"Bearer {subject.given.probe_token}"} if subject.given.probe_token else {}
    send = ask_stream if streams else ask
    return await send(
        f"{subject.given.probe_address}/graphql",
        headers,
        orjson.dumps({"query": text, "variables": variables or {}}),
    )


def content_of(answer: Answer) -> Mapping[str, Any]:
    """Return the JSON object of an answer; raises PreventedError where there is none."""
    try:
        found = orjson.loads(answer.body or b"{}")
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise PreventedError(f"the server answers {answer.status}, and no JSON")
    return found
