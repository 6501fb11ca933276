"""A receiver of webhooks on a port of its own: it takes what comes and remembers it."""

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from server import PATIENCE


class Arrival(NamedTuple):
    headers: dict[str, str]
    body: bytes


class Receiver:
    def __init__(self) -> None:
        self._arrived: queue.Queue[Arrival] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._arrived))
        self._serving = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._serving.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/in"

    def next(self) -> Arrival:
        """What came next, once it is there."""
        return self._arrived.get(timeout=PATIENCE)

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._serving.join()


def _handler(arrived: queue.Queue[Arrival]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.put(Arrival(dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
