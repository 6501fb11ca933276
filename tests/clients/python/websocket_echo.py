"""The server's websocket layer behind an echo, on a free port: what a suite of the protocol talks to."""

import os
import subprocess

from server import PATIENCE


class Echo:
    def __init__(self, *flags: str) -> None:
        self._process = subprocess.Popen(
            [os.environ["SWITCHBOARD_ECHO_BIN"], "--listen", "127.0.0.1:0", *flags], stdout=subprocess.PIPE, text=True
        )
        # Printed when the port is open, so whoever connects from now on is served.
        greeting = self._process.stdout.readline().strip()
        if not greeting.startswith("listening on "):
            raise RuntimeError(f"the echo did not start: {greeting}")
        self.address = greeting.removeprefix("listening on ")

    def remove(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        self._process.stdout.close()
