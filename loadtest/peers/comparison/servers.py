"""The servers: how each is started, where readers and publishers go, and what it can be asked."""

import socket
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

_HERE = Path(__file__).resolve().parent.parent
PROJECT = _HERE.parent.parent


class Ability(Enum):
    """What a case needs of a server beyond a topic for websockets."""

    WEBSOCKET = auto()
    POLL = auto()
    BROKER = auto()
    """What only the broker has: SignalR, acknowledgement, sessions."""


@dataclass(frozen=True)
class Place:
    """What a run has for itself."""

    port: int
    folder: Path
    core: int
    target: Path
    """The folder with the project's release binaries."""


class Server(ABC):
    name: str
    """Told in the table; no other server of the comparison has it."""
    abilities: frozenset[Ability]

    @abstractmethod
    def command(self, place: Place) -> list[str]:
        """What starts it in the foreground."""

    @abstractmethod
    def variables(self, place: Place) -> dict[str, str]:
        """What it finds in its environment."""

    @abstractmethod
    def is_ready(self, place: Place, log: Path) -> bool:
        """Whether load may come."""

    @abstractmethod
    def version(self, place: Place, log: Path) -> str:
        """Which version runs, told by what it printed or by its program."""

    @abstractmethod
    def for_readers(self, place: Place, ability: Ability, topic: str) -> list[str]:
        """What tells the load generator where its readers go."""

    @abstractmethod
    def for_publishers(self, place: Place, topic: str) -> list[str]:
        """What else it has to know where something is published."""

    def body_bytes(self, asked: int) -> int:
        """How large the bodies are that it gets."""
        return asked


@dataclass(frozen=True)
class Broker(Server):
    name: str
    durability: str
    binary: Path | None = None
    """Another build than the project's."""
    abilities: frozenset[Ability] = frozenset(Ability)

    def command(self, place: Place) -> list[str]:
        data, listen = str(place.folder / "data"), f"127.0.0.1:{place.port}"
        return _pinned(place.core, [self._program(place), "--data", data, "--listen", listen])

    def variables(self, place: Place) -> dict[str, str]:
        # One client makes all the load, and may call more often than a client is usually allowed to.
        rate = {
            f"SWITCHBOARD_RATE_LIMITS__{face}__{limit}": "1000000"
            for face in ("ENGINE", "STREAMING")
            for limit in ("PER_SECOND", "BURST")
        }
        return {"SWITCHBOARD_STORE__DURABILITY": self.durability, "SWITCHBOARD_LOG__FILTER": "warn"} | rate

    def is_ready(self, place: Place, log: Path) -> bool:
        # It says so when the port is open and the credentials are written.
        return b"Switchboard serves " in log.read_bytes()

    def version(self, place: Place, log: Path) -> str:
        return f"{_version_of(self._program(place))}, durability {self.durability}"

    def for_readers(self, place: Place, ability: Ability, topic: str) -> list[str]:
        return ["--credentials", str(place.folder / "data" / "credentials.json")]

    def for_publishers(self, place: Place, topic: str) -> list[str]:
        return []

    def _program(self, place: Place) -> str:
        return str(self.binary or place.target / "switchboard")


@dataclass(frozen=True)
class Peer(Server):
    """A server of somebody else, by the start script in the folder named like its program."""

    name: str
    program: str
    subscribe: str = "ws://127.0.0.1:{port}/sub/{topic}"
    publish: str = "http://127.0.0.1:{port}/pub/{topic}"
    poll: str | None = None
    kind: str = "generic"
    larger_body: int | None = None
    """Bytes of its bodies, where it is to write frames as large as the broker's."""
    abilities: frozenset[Ability] = frozenset([Ability.WEBSOCKET])

    def command(self, place: Place) -> list[str]:
        return [str(_HERE / self.program / "start"), str(place.port)]

    def variables(self, place: Place) -> dict[str, str]:
        return {"PEERS_CORE": str(place.core)}

    def is_ready(self, place: Place, log: Path) -> bool:
        try:
            socket.create_connection(("127.0.0.1", place.port), timeout=1.0).close()
        except OSError:
            return False
        return True

    def version(self, place: Place, log: Path) -> str:
        return log.read_text(errors="replace").split("\n")[0]

    def for_readers(self, place: Place, ability: Ability, topic: str) -> list[str]:
        url = self.poll if ability is Ability.POLL and self.poll else self.subscribe
        return ["--peer", self.kind, "--subscribe-url", url.format(port=place.port, topic=topic)]

    def for_publishers(self, place: Place, topic: str) -> list[str]:
        url = self.publish.format(port=place.port, next_port=place.port + 1, topic=topic)
        return ["--publish-url", url]

    def body_bytes(self, asked: int) -> int:
        return self.larger_body or asked


@dataclass(frozen=True)
class BareLoop(Peer):
    """The least that it can cost."""

    name: str = "rawfan"
    program: str = "loadtest"
    subscribe: str = "ws://127.0.0.1:{port}/{topic}"
    publish: str = "http://127.0.0.1:{port}/{topic}"

    def command(self, place: Place) -> list[str]:
        return _pinned(place.core, [self._program(place), "rawfan", "--listen", f"127.0.0.1:{place.port}"])

    def version(self, place: Place, log: Path) -> str:
        return _version_of(self._program(place))

    def _program(self, place: Place) -> str:
        return str(place.target / self.program)


SERVERS: dict[str, Server] = {
    server.name: server
    for server in [
        Broker("broker", "memory"),
        Broker("broker-process", "process"),
        Broker("broker-fsync", "fsync"),
        BareLoop(),
        Peer("bun", "bun"),
        Peer(
            "nats",
            "nats",
            subscribe="ws://127.0.0.1:{port}",
            publish="nats://127.0.0.1:{next_port}",
            kind="nats",
        ),
        Peer(
            "nginx-nchan",
            "nginx-nchan",
            poll="http://127.0.0.1:{port}/poll/{topic}",
            abilities=frozenset([Ability.WEBSOCKET, Ability.POLL]),
        ),
        Peer("ws", "ws"),
    ]
}


def _pinned(core: int, command: list[str]) -> list[str]:
    return ["taskset", "--cpu-list", str(core), *command]


def _version_of(program: str) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
