"""A websocket client that says what it is told, right or wrong, and is strict about what it hears."""

import base64
import hashlib
import os
import socket
import zlib
from dataclasses import dataclass
from typing import Self

from server import PATIENCE

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

DEFLATED = 4
"""Of the three reserved bits, the one that marks a deflated message."""

# RFC 6455, 1.3: what a server adds to a client's key before it hashes it.
_ACCEPTING = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True)
class Frame:
    opcode: int
    payload: bytes = b""
    fin: bool = True

    def code(self) -> int | None:
        """A close's code."""
        return int.from_bytes(self.payload[:2]) if self.payload else None


def encoded(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    mask: bytes | None = b"\x37\xfa\x21\x3d",
    length: int | None = None,
) -> bytes:
    """A frame's bytes. `length` is what the header claims, where that is not the truth."""
    length = len(payload) if length is None else length
    masked = 0 if mask is None else 0x80
    head = bytes([fin << 7 | reserved << 4 | opcode])
    if length < 126:
        head += bytes([masked | length])
    elif length < 1 << 16:
        head += bytes([masked | 126]) + length.to_bytes(2)
    else:
        head += bytes([masked | 127]) + length.to_bytes(8)
    if mask is None:
        return head + payload
    keys = (mask * (len(payload) // 4 + 1))[: len(payload)]
    mixed = int.from_bytes(payload) ^ int.from_bytes(keys)
    return head + mask + mixed.to_bytes(len(payload))


def deflated(message: bytes) -> bytes:
    """A message's payload as a client deflates it."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return (deflater.compress(message) + deflater.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


class Stream:
    """A connection's bytes. Reading gives up after `PATIENCE` seconds."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        # What is sent by itself arrives by itself.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = bytearray()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self, length: int) -> bytes:
        while len(self._heard) < length:
            self._read()
        return self._take(length)

    def receive_until(self, end: bytes) -> bytes:
        while end not in self._heard:
            self._read()
        return self._take(self._heard.index(end) + len(end))

    def has_ended(self) -> bool:
        """Whether the server ends it without another byte, politely or not."""
        if self._heard:
            return False
        try:
            return self._socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> None:
        data = self._socket.recv(1 << 16)
        if not data:
            raise EOFError(f"the connection ended after {bytes(self._heard)!r}")
        self._heard += data

    def _take(self, length: int) -> bytes:
        taken = bytes(self._heard[:length])
        del self._heard[:length]
        return taken


@dataclass(frozen=True)
class Answer:
    """An HTTP answer's status and headers, with names in lower case."""

    status: int
    headers: dict[str, str]


def upgrade_headers(key: str) -> dict[str, str]:
    """What a websocket's handshake needs."""
    return {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
    }


def ask(stream: Stream, headers: dict[str, str], *, method: str = "GET", behind: bytes = b"") -> Answer:
    """Asks over HTTP; what is to be sent behind the question goes with it."""
    lines = [f"{method} / HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    stream.send("\r\n".join(lines).encode() + behind)
    status, *lines = stream.receive_until(b"\r\n\r\n").decode().strip().split("\r\n")
    pairs = (line.split(":", 1) for line in lines)
    return Answer(int(status.split(" ")[1]), {name.lower(): value.strip() for name, value in pairs})


def new_key() -> str:
    return base64.b64encode(os.urandom(16)).decode()


def accepting(key: str) -> str:
    """The only answer to a key."""
    return base64.b64encode(hashlib.sha1(key.encode() + _ACCEPTING).digest()).decode()


class Wire:
    """An open websocket."""

    def __init__(self, address: str, *, behind: bytes = b"", offer: str | None = None) -> None:
        """`offer` is an extension that has to be agreed on."""
        self.stream = Stream(address)
        key = new_key()
        offered = {} if offer is None else {"Sec-WebSocket-Extensions": offer}
        answer = ask(self.stream, upgrade_headers(key) | offered, behind=behind)
        self._deflates = offer is not None
        if self._deflates != ("sec-websocket-extensions" in answer.headers):
            raise ConnectionError(f"the offer {offer} was answered with {answer}")
        if answer.status != 101 or answer.headers.get("sec-websocket-accept") != accepting(key):
            raise ConnectionError(f"the handshake was answered with {answer}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def send(self, *frames: bytes) -> None:
        """All in one piece."""
        self.stream.send(b"".join(frames))

    def send_in_pieces(self, data: bytes, size: int) -> None:
        for start in range(0, len(data), size):
            self.stream.send(data[start : start + size])

    def receive(self) -> Frame:
        """The next frame, which has to be as a server writes it."""
        first, second = self.stream.receive(2)
        # Only what is a message by itself is deflated.
        is_deflated = self._deflates and first in (0xC0 | TEXT, 0xC0 | BINARY)
        if first & 0x70 and not is_deflated:
            raise AssertionError(f"reserved bits are set: {first:#04x}")
        if second & 0x80:
            raise AssertionError("a server's frame is masked")
        length = second
        if second == 126:
            length = int.from_bytes(self.stream.receive(2))
        elif second == 127:
            length = int.from_bytes(self.stream.receive(8))
        smallest = {126: 126, 127: 1 << 16}.get(second, 0)
        if length < smallest:
            raise AssertionError(f"a length of {length} takes more bytes than it needs")
        payload = self.stream.receive(length)
        if is_deflated:
            payload = zlib.decompress(payload + b"\0\0\xff\xff\x03\0", -zlib.MAX_WBITS)
        return Frame(first & 0x0F, payload, bool(first & 0x80))

    def receive_message(self) -> Frame:
        """The next message, however it is fragmented; nothing may come in between."""
        frame = self.receive()
        opcode, payload = frame.opcode, frame.payload
        while not frame.fin:
            frame = self.receive()
            if frame.opcode != CONTINUATION:
                raise AssertionError(f"{frame} is not the rest of a message")
            payload += frame.payload
        return Frame(opcode, payload)
