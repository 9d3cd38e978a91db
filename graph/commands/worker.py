"""One process of `ariesone serve --workers`: a socket of its own on the shared address, a life tied to its parent.

Its standard input is a socket to the parent: it sends a byte there when it serves, and reads the parent's end.
"""

import asyncio
import os
import shutil
import signal
import socket
import sys
import time
from threading import Thread

from graph.commands.configuration import read_settings
from graph.commands.listen import DRAIN_SECONDS, end, listening, run
from graph.commands.logs import configure_logging
from graph.commands.servers import fail
from graph.http.manifests import ManifestError
from graph.settings import metrics_folder

# Seconds beyond those for draining after which a worker without a parent ends whatever it does.
GRACE = 1


def main() -> None:
    """Serve with the settings that the parent put into the environment."""
    signal.signal(signal.SIGTERM, end)
    settings = read_settings(_env_file=None)
    configure_logging(settings)
    # Left open to the last: that it closes tells the parent that this process has ended.
    tie = socket.socket(fileno=sys.stdin.fileno())
    with listening(settings, is_shared=True) as listener:
        Thread(target=end_with_parent, args=(tie,), daemon=True).start()

        async def notify() -> None:
            await asyncio.get_running_loop().sock_sendall(tie, b"+")

        try:
            run(settings, listener, notify=notify)
        except ManifestError as error:
            fail(str(error))


def end_with_parent(tie: socket.socket) -> None:
    """Stop this process when its parent is gone, however that one ended; clear up what the parent would have."""
    while tie.recv(1):
        pass
    shutil.rmtree(metrics_folder() or "", ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(DRAIN_SECONDS + GRACE)
    os._exit(1)


if __name__ == "__main__":
    main()
