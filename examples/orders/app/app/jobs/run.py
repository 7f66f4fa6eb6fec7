"""python3 -m app.jobs.run heartbeat | storage_janitor"""

import argparse
import os
import signal
import sys
import threading
import time

from .. import settings
from .ledger import beat, run_of


def heartbeat(every: float) -> None:
    """Beats until it is told to stop."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    while not stopping.is_set():
        beat()
        stopping.wait(every)


def storage_janitor() -> None:
    """Removes uploads that were never finished, a day after their begin."""
    with run_of("storage_janitor"):
        yesterday = time.time() - 86400
        for entry in os.scandir(settings.UPLOAD_ROOT):
            if entry.name.endswith(".part") and entry.stat().st_mtime < yesterday:
                os.unlink(entry.path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="app.jobs.run")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("heartbeat").add_argument("--every", type=float, default=30)
    commands.add_parser("storage_janitor")
    asked = parser.parse_args()
    if asked.command == "heartbeat":
        heartbeat(asked.every)
    else:
        storage_janitor()


if __name__ == "__main__":
    sys.exit(main())
