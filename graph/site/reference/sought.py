"""What the served directory has in place of the schema's examples, looked up now and then."""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Final

import orjson

from db.engine import Database
from db.failures import words_of
from graph.context import Context
from graph.examples.samples import SOUGHT, Samples
from graph.execution.run import Runner

# Seconds after which it is looked up again; sooner, where that failed. A cursor of a change is kept for days.
LASTING: Final = 3600.0
FAILED: Final = 30.0
# Seconds that a page waits for it.
PATIENCE: Final = 1.0

log = logging.getLogger("ariesone.docs")


class Sought:
    """The samples of a directory; `number` counts how often they were looked up."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._samples = Samples()
        self._until = 0.0
        self.number = 0

    async def samples(self, database: Database) -> Samples:
        """Return what the directory has, or had within the hour; nothing while it can't be read."""
        if time.monotonic() >= self._until:
            # Others needn't ask meanwhile.
            self._until = time.monotonic() + FAILED
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._look(database)
        return self._samples

    async def _look(self, database: Database) -> None:
        try:
            result = await self._runner.run(self._runner.prepare(SOUGHT, None, {}), Context(database))
        except Exception as error:  # noqa: BLE001 - whatever it is, pages can be made without
            log.warning("no examples can be found in the directory: %s", words_of(error))
            return
        if result.errors or result.data is None:
            return
        # Lists that came with their owners are bytes of JSON.
        data = orjson.loads(orjson.dumps(result.data))
        self._samples, self._until = Samples.of(data), time.monotonic() + LASTING
        self.number += 1
