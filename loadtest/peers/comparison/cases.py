"""The cases: what load is made, and which figure of the report counts."""

from collections.abc import Callable
from dataclasses import dataclass

from comparison.servers import Ability

BODY_BYTES = 512
"""A message's body, as it is posted."""

_SUBSCRIBERS = 1000


@dataclass(frozen=True)
class Measured:
    """A run's report, and what its server used before anybody was connected, in bytes."""

    report: dict
    memory_before: int


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    scenario: tuple[str, ...]
    """The load generator's scenario with its flags, without those that say how much and where."""
    figures: Callable[[Measured], tuple[float, ...]]
    needs: Ability = Ability.WEBSOCKET
    decimals: int = 0
    bounds: tuple[str, ...] | None = None
    """What limits the run, where it is not the time that all cases take."""


def _deliveries(measured: Measured) -> tuple[float, ...]:
    """Thousands for each second of the server's processor time."""
    return (measured.report["server"]["deliveriesPerCpuSecond"] / 1e3,)


def _latency(measured: Measured) -> tuple[float, ...]:
    """Median and 99th percentile in milliseconds."""
    latency = measured.report["latencyMicros"]
    return (latency["p50"] / 1e3, latency["p99"] / 1e3)


def _memory(measured: Measured) -> tuple[float, ...]:
    """Bytes for each connection."""
    held = measured.report["server"]["pssBeforeBytes"] - measured.memory_before
    return (held / measured.report["parameters"]["subscribers"],)


def _fanout(*flags: str, subscribers: int = _SUBSCRIBERS) -> tuple[str, ...]:
    return ("fanout", "--subscribers", str(subscribers), *flags)


def _poll(*flags: str) -> tuple[str, ...]:
    return ("longpoll", "--sessions", str(_SUBSCRIBERS), *flags)


CASES: dict[str, Case] = {
    case.name: case
    for case in [
        Case("c1", "c1", _fanout("--publishers", "1"), _deliveries),
        Case("c4", "c4", _fanout("--publishers", "4"), _deliveries),
        Case("c16", "c16", _fanout("--publishers", "16"), _deliveries),
        Case("rate50", "50 msg/s: p50 / p99 ms", _fanout("--rate", "50"), _latency, decimals=1),
        Case("pairs", "1:1, 1,000 topics", ("pairs", "--conversations", "1000", "--publishers", "16"), _deliveries),
        Case(
            "idle",
            "bytes per idle connection (PSS, 10,000)",
            _fanout("--publishers", "1", subscribers=10_000),
            _memory,
            bounds=("--warmup", "0", "--messages", "1"),
        ),
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
