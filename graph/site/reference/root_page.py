"""The page of all queries, mutations or subscriptions: each with an operation that can be run, and its answer."""

import json
from collections.abc import Callable, Iterator
from typing import Final

from graph.examples.operation import Operation, Operations, root_of
from graph.site.code import open_in_ide, write_code
from graph.site.markdown import render_words
from graph.site.reference.codes import OF_KINDS, link_code
from graph.site.reference.links import KIND_OF, Links
from graph.site.reference.members import write_field
from graph.site.reference.view import View
from graph.types.examples import A_JOB, A_LOCATION_BY_HAND, A_REMOVED_LOCATION, A_WATCH_LIST, A_WEBHOOK, AN_UPLOAD

# What stands in variables where a directory can't have it: it is the viewer's own, or was made by hand.
OWN: Final = {
    A_JOB.value: "one of your jobs, which `jobs` lists",
    A_WATCH_LIST.value: "one of your watch lists, which `watchLists` lists",
    A_WEBHOOK.value: "one of your webhooks, which `webhooks` lists",
    AN_UPLOAD.value: "an upload of yours, which `createUpload` makes, with its file sent",
    A_LOCATION_BY_HAND.value: "a location that was entered by hand",
    A_REMOVED_LOCATION.value: "a location that was removed",
}

# What is said of all operations of a kind, in Markdown.
ABOUT: Final = {
    "query": "Queries read. They can be sent by POST or GET.",
    "mutation": (
        "Mutations change something. What is wrong with an input stands in `userErrors`, with a code of "
        "[UserErrorCode](/docs/reference/UserErrorCode); then nothing was done. The operations below have "
        "`validateOnly`, so that you can run them as they are: they check everything and change nothing."
    ),
    "subscription": (
        "Subscriptions are answered again and again, over an event stream or a WebSocket: see "
        "[listening to changes](/docs/subscriptions)."
    ),
}

CostOf = Callable[[Operation], float]


def write_root(
    view: View, links: Links, page: str, operations: Operations, cost_of: CostOf, *, has_ide: bool
) -> str:
    """Return the body of the page "queries", "mutations" or "subscriptions"."""
    kind = KIND_OF[page]
    root = root_of(view.schema, kind)
    if root is None:
        raise KeyError(page)
    codes = " ".join(map(link_code, OF_KINDS[kind]))
    parts = [f"<h1>{page.capitalize()}</h1><p>{render_words(ABOUT[kind])}</p>"]
    parts.append(f"<p>Besides the codes below, any of them can be answered with one of these: {codes}</p>")
    for name in root.fields:
        operation = operations.of(kind, name)
        tried = "".join(_tried(operation, cost_of(operation), has_ide=has_ide))
        parts.append(write_field(view, links, root, name, tried))
    return "".join(parts)


def _tried(operation: Operation, cost: float, *, has_ide: bool) -> Iterator[str]:
    """Yield an operation with its variables and its answer, as HTML."""
    variables = json.dumps(operation.variables, ensure_ascii=False, indent=2) if operation.variables else ""
    ide = open_in_ide(operation.text, variables) if has_ide else ""
    yield write_code(operation.text, "graphql", ide=ide)
    if variables:
        yield write_code(variables, "json", "Variables")
    for example, what in OWN.items():
        if example in variables:
            yield f"<p>{render_words(f'Put the id of {what}, in place of `{example}`.')}</p>"
    answer = write_code(json.dumps(operation.answer, ensure_ascii=False, indent=2), "json")
    yield f"<details><summary>Answer, at a cost of up to {cost:g}</summary>{answer}</details>"
