"""Processes that are started, watched and ended here, and nobody else's."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_SECONDS_TO_STOP = 10.0
_SECONDS_BETWEEN_LOOKS = 0.02


class Failed(Exception):
    """A run cannot be made; the message says why."""


@contextmanager
def started(command: list[str], variables: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """A process in a group of its own, so that its children end with it; what it prints is in the log."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    try:
        yield process
    finally:
        _end(process)


def wait_until(is_ready: Callable[[], bool], process: subprocess.Popen, seconds: float, log: Path) -> None:
    """Looks often, for servers have no common way to tell."""
    end = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None:
            raise Failed(f"it ended with {process.returncode}: {_tail(log)}")
        if time.monotonic() > end:
            raise Failed(f"it was not ready within {seconds:.0f} s: {_tail(log)}")
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _end(process: subprocess.Popen) -> None:
    for wanted in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, wanted)
        except ProcessLookupError:
            pass
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            continue
        # The first of a group may end before its children.
        if not _members(process.pid):
            return


def _members(group: int) -> list[int]:
    """The processes of a group."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name, in brackets, may hold anything; state, parent and group follow it.
            columns = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(columns[2]) == group:
            found.append(int(entry.name))
    return sorted(found)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace").strip()[-500:]
