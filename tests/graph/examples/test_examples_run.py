"""Every operation that is made from the schema's examples is run, and answered as it says."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson
import pytest

from graph.commands.probed import serving
from graph.examples.operation import KINDS, Operation, Operations, root_of
from graph.examples.samples import SOUGHT, Samples
from graph.examples.values import examples_of
from graph.identity.viewer import ROLES
from graph.roles.views import Views
from graph.schema import core_schema
from graph.settings import Settings
from graph.types.examples import (
    A_JOB,
    A_LICENSE,
    A_LOCATION_BY_HAND,
    A_REMOVED_LOCATION,
    A_WATCH_LIST,
    A_WEBHOOK,
    AN_UPLOAD,
)

# What every role together sees, which takes a tenth of a second to make.
SEEN, EXAMPLES = Views(core_schema).of(ROLES), examples_of(core_schema)

# What differs from the examples, so that these can be made besides.
AT = {"line1": "1 Other Street", "city": "Houston", "state": "TX", "postalCode": "77002"}
ELSEWHERE = {**AT, "line1": "2 Other Street"}


@dataclass
class Trying:
    """A server whose directory may be changed, and what stands in for examples there."""

    client: httpx2.AsyncClient
    samples: Samples = field(default_factory=Samples)

    def operations(self) -> Operations:
        return Operations(SEEN, EXAMPLES, self.samples)

    async def send(self, text: str, variables: Any = None) -> Any:
        """Run an operation; of a subscription the first answer."""
        accept = "text/event-stream" if text.startswith("subscription") else "application/json"
        async with self.client.stream(
            "POST", "/graphql", json={"query": text, "variables": variables}, headers={"accept": accept}
        ) as answer:
            if not text.startswith("subscription"):
                return orjson.loads(await answer.aread())
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    return orjson.loads(line.removeprefix("data: "))
        raise AssertionError(text)

    async def do(self, field: str, **changed: Any) -> Any:
        """Do what an example only validates, with other values in its input."""
        operation = self.operations().of("mutation", field)
        variables: dict[str, Any] = {**operation.variables}
        if "input" in variables:
            variables = {"input": {**variables["input"], **changed}, "validateOnly": False}
        answer = (await self.send(operation.text, variables))["data"][field]
        assert answer["userErrors"] == [], (field, answer)
        return answer

    def keep(self, example: Any, value: str) -> None:
        self.samples = Samples({**self.samples.stand_ins, example.value: value})

    async def upload(self) -> None:
        """Have an upload whose file was sent, which no job has taken."""
        upload = (await self.do("createUpload"))["upload"]
        (await self.client.put(upload["url"], content=b'{"npi": "1234567893"}\n')).raise_for_status()
        self.keep(AN_UPLOAD, upload["id"])


@pytest.fixture
async def trying(sample_copy: str) -> AsyncIterator[Trying]:
    """A server, with something of everything that an example names."""
    async with serving(Settings(_env_file=None), sample_copy) as (address, token):
        headers = {"authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=20) as client:
            trying = Trying(client)
            trying.samples = Samples.of((await trying.send(SOUGHT))["data"])
            trying.keep(A_LICENSE, (await trying.do("addLicense", number="HQ-1"))["license"]["id"])
            for example, place in ((A_LOCATION_BY_HAND, AT), (A_REMOVED_LOCATION, ELSEWHERE)):
                trying.keep(example, (await trying.do("addLocation", address=place))["location"]["id"])
            await trying.do("removeLocation", id=trying.samples.stand_ins[A_REMOVED_LOCATION.value])
            trying.keep(A_WATCH_LIST, (await trying.do("createWatchList", name="Mine"))["watchList"]["id"])
            trying.keep(A_WEBHOOK, (await trying.do("registerWebhook"))["webhook"]["id"])
            trying.keep(A_JOB, (await trying.do("exportCompanies"))["job"]["id"])
            # The changes that were made just now are the last ones.
            last = Samples.of((await trying.send(SOUGHT))["data"]).stand_ins
            trying.samples = Samples(
                {**last, **{name: value for name, value in trying.samples.stand_ins.items() if name != "4711"}}
            )
            yield trying


@pytest.mark.parametrize("kind", KINDS)
async def test_each_operation_is_answered_without_an_error_and_as_it_says(trying: Trying, kind: str) -> None:
    root = root_of(core_schema, kind)
    assert root
    tried = set()
    for name in root.fields:
        if "upload" in str(trying.operations().of(kind, name).variables):
            await trying.upload()
        operation = trying.operations().of(kind, name)
        answer = await trying.send(operation.text, operation.variables)
        assert "errors" not in answer, (operation, answer)
        assert_shaped(answer, operation.answer, operation)
        tried.add(name)
    assert tried == set(root.fields)


def assert_shaped(found: Any, shape: Any, operation: Operation) -> None:
    """An answer has the keys of a shape, where it isn't null; and nothing was wrong with the input."""
    if isinstance(shape, dict) and isinstance(found, dict):
        assert list(found) == list(shape), operation
        assert found.get("userErrors", []) == [], (operation, found)
        for name, each in shape.items():
            assert_shaped(found[name], each, operation)
    elif isinstance(shape, list):
        assert found is None or isinstance(found, list), operation
        for each in found or ():
            assert_shaped(each, shape[0], operation)
    else:
        assert found is None or isinstance(found, type(shape)) or not isinstance(shape, dict), (operation, found)
