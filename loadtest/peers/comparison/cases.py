"""The cases: what load is made, and which figure of the report counts."""

from collections.abc import Callable
from dataclasses import dataclass

from comparison.servers import Ability

BODY_BYTES = 512
"""A message's body, as it is posted."""

_SUBSCRIBERS = 1000


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    scenario: tuple[str, ...]
    """The load generator's scenario with its flags, without those that say where, how long and how large."""
    figures: Callable[[dict], tuple[float, ...]]
    """Takes them from the report."""
    needs: Ability = Ability.WEBSOCKET
    topic: str = "all"
    """A peer's topic; with `{n}` in it there is one for each reader."""
    decimals: int = 0
    is_silent: bool = False
    """Nothing is said in it."""


def _deliveries(report: dict) -> tuple[float, ...]:
    """Thousands for each second of the server's processor time."""
    return (report["server"]["deliveriesPerCpuSecond"] / 1e3,)


def _latency(report: dict) -> tuple[float, ...]:
    """Median and 99th percentile in milliseconds."""
    latency = report["latencyMicros"]
    return (latency["p50"] / 1e3, latency["p99"] / 1e3)


def _memory(report: dict) -> tuple[float, ...]:
    """Bytes for each connection."""
    return (report["connections"]["pssBytesEach"],)


def _fanout(*flags: str, subscribers: int = _SUBSCRIBERS) -> tuple[str, ...]:
    return ("fanout", "--subscribers", str(subscribers), *flags)


def _poll(*flags: str) -> tuple[str, ...]:
    return ("longpoll", "--sessions", str(_SUBSCRIBERS), *flags)


def _idle(kind: str, title: str, needs: Ability) -> Case:
    name = "idle" if kind == "websocket" else f"idle-{kind}"
    scenario = ("idle", "--kind", kind, "--connections", "10000", "--hold", "3")
    return Case(name, f"bytes per idle {title} (PSS, 10,000)", scenario, _memory, needs, is_silent=True)


CASES: dict[str, Case] = {
    case.name: case
    for case in [
        Case("c1", "c1", _fanout("--publishers", "1"), _deliveries),
        Case("c4", "c4", _fanout("--publishers", "4"), _deliveries),
        Case("c16", "c16", _fanout("--publishers", "16"), _deliveries),
        Case("rate50", "50 msg/s: p50 / p99 ms", _fanout("--rate", "50"), _latency, decimals=1),
        Case(
            "pairs",
            "1:1, 1,000 topics",
            ("pairs", "--conversations", "1000", "--publishers", "16"),
            _deliveries,
            topic="{n}",
        ),
        Case(
            "pairs-64",
            "1:1, 1,000 topics, c64",
            ("pairs", "--conversations", "1000", "--publishers", "64"),
            _deliveries,
            topic="{n}",
        ),
        _idle("websocket", "websocket", Ability.WEBSOCKET),
        _idle("signalr", "SignalR client", Ability.BROKER),
        _idle("poll", "waiting poll", Ability.BROKER),
        _idle("session", "session", Ability.BROKER),
        Case("poll", "long-poll, 1,000", _poll("--publishers", "1"), _deliveries, Ability.POLL),
        Case(
            "poll-rate5",
            "long-poll, 5 msg/s: p50 / p99 ms",
            _poll("--rate", "5"),
            _latency,
            Ability.POLL,
            decimals=1,
        ),
        Case(
            "poll-acknowledge",
            "long-poll, acknowledged",
            _poll("--publishers", "1", "--acknowledge"),
            _deliveries,
            Ability.BROKER,
        ),
        Case(
            "signalr-c4",
            "SignalR, c4",
            _fanout("--publishers", "4", "--protocol", "signalr"),
            _deliveries,
            Ability.BROKER,
        ),
        Case("c1-of-100", "c1, 100 subscribers", _fanout("--publishers", "1", subscribers=100), _deliveries),
        Case(
            "c1-of-10000",
            "c1, 10,000 subscribers",
            _fanout("--publishers", "1", subscribers=10_000),
            _deliveries,
        ),
    ]
}
