"""One process of `ariesone serve --workers`: a socket of its own on the shared address, a life tied to its parent.

Its standard input is a socket to the parent: it sends a byte there when it serves, and reads the parent's end.
"""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
from contextlib import suppress
from threading import Thread

from graph.commands.configuration import read_settings
from graph.commands.listen import DRAIN_SECONDS, end, listening, run
from graph.commands.logs import configure_logging
from graph.commands.servers import fail
from graph.http.manifests import ManifestError
from graph.settings import metrics_folder
from graph.telemetry.requests import telling

# Seconds beyond those for draining after which a worker without a parent ends whatever it does.
GRACE = 1


def main() -> None:
    """Serve with the settings that the parent put into the environment."""
    signal.signal(signal.SIGTERM, end)
    settings = read_settings(_env_file=None)
    configure_logging(settings)
    # Left open to the last: that it closes tells the parent that this process has ended.
    tie = socket.socket(fileno=sys.stdin.fileno())
    counting = begin_to_count()
    with listening(settings, is_shared=True) as listener:
        Thread(target=end_with_parent, args=(tie, counting), daemon=True).start()

        async def notify() -> None:
            await asyncio.get_running_loop().sock_sendall(tie, b"+")

        try:
            run(settings, listener, notify=notify)
        except ManifestError as error:
            fail(str(error))
        finally:
            # What is counted later would need the folder.
            telling.flush()
            if not has_parent(tie):
                end_counting(counting)


def begin_to_count() -> int:
    """Share the folder of metrics with the other workers; return a descriptor that stands for this one's part."""
    folder = os.open(metrics_folder() or "", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_SH)
    return folder


def end_counting(folder: int) -> None:
    """Give up a part in the folder of metrics; the last worker removes it, as the parent would have."""
    with suppress(BlockingIOError):
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(metrics_folder() or "", ignore_errors=True)


def has_parent(tie: socket.socket) -> bool:
    """Whether the process that started this one is there."""
    try:
        return bool(tie.recv(1, socket.MSG_DONTWAIT))
    except BlockingIOError:
        return True


def end_with_parent(tie: socket.socket, counting: int) -> None:
    """Stop this process when its parent is gone, however that one ended."""
    while tie.recv(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(DRAIN_SECONDS + GRACE)
    end_counting(counting)
    os._exit(1)


if __name__ == "__main__":
    main()
