"""A comparison as it was asked for, and its runs one after the other.

The servers of a case take turns, so that whatever else the machine does meets them all alike.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from comparison.cases import BODY_BYTES, Case
from comparison.processes import Failed, started, wait_until
from comparison.servers import Place, Server

_SECONDS_TO_START = 180.0
"""The first start of a peer installs it."""
_SECONDS_BEYOND_THE_LOAD = 120.0
"""For connecting, and for waiting for what is late."""
_BUSY = 0.95
"""Of the driver's core; above it the driver may be what was measured."""


@dataclass(frozen=True)
class Plan:
    cases: list[Case]
    servers: list[Server]
    rounds: int
    seconds: float
    warmup: float
    first_port: int
    server_core: int
    driver_core: int
    target: Path
    folder: Path


@dataclass(frozen=True)
class Cell:
    """What the rounds of a case with a server came to."""

    case: Case
    server: Server
    figures: tuple[float, ...] | None
    """Medians; `None` when there is nothing to tell."""
    remarks: tuple[str, ...]


class Comparison:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._port = plan.first_port
        self.versions: dict[str, str] = {}

    def cells(self) -> Iterator[Cell]:
        for case in self._plan.cases:
            able = [server for server in self._plan.servers if case.needs in server.abilities]
            figures: dict[str, list[tuple[float, ...]]] = {server.name: [] for server in able}
            remarks: dict[str, list[str]] = {server.name: [] for server in able}
            for number in range(1, self._plan.rounds + 1):
                for server in able:
                    try:
                        found, notable = self._run(case, server, number)
                        figures[server.name].append(found)
                    except Failed as failed:
                        found, notable = (), [str(failed)]
                    remarks[server.name] += [f"round {number}: {remark}" for remark in notable]
                    _tell(case, server, number, found, notable)
            for server in able:
                columns = zip(*figures[server.name])
                medians = tuple(median(column) for column in columns) or None
                yield Cell(case, server, medians, tuple(remarks[server.name]))

    def _run(self, case: Case, server: Server, number: int) -> tuple[tuple[float, ...], list[str]]:
        folder = self._plan.folder / f"{case.name}-{server.name.replace('/', '_')}-{number}"
        folder.mkdir(parents=True)
        place = Place(self._next_port(), folder, self._plan.server_core, self._plan.target)
        log = folder / "server.log"
        with started(server.command(place), server.variables(place), log) as process:
            wait_until(lambda: server.is_ready(place, log), process, _SECONDS_TO_START, log)
            self.versions.setdefault(server.name, server.version(place, log))
            report = self._load(case, server, place)
        return case.figures(report), _remarks(report)

    def _load(self, case: Case, server: Server, place: Place) -> dict:
        plan = self._plan
        file = place.folder / "report.json"
        messages = [
            "--warmup", str(plan.warmup), "--duration", str(plan.seconds),
            "--payload", str(server.body_bytes(BODY_BYTES)), *server.for_publishers(place, case.topic),
        ]  # fmt: skip
        command = [
            "taskset", "--cpu-list", str(plan.driver_core), str(plan.target / "loadtest"),
            *case.scenario, *server.for_readers(place, case.needs, case.topic),
            *([] if case.is_silent else messages), "--quiet", "--json", str(file),
        ]  # fmt: skip
        patience = plan.seconds + plan.warmup + _SECONDS_BEYOND_THE_LOAD
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=patience)
        except subprocess.TimeoutExpired:
            raise Failed(f"the load took longer than {patience:.0f} s") from None
        if not file.exists():
            raise Failed(done.stderr.partition("\n")[0] or f"the load generator ended with {done.returncode}")
        return json.loads(file.read_text())

    def _next_port(self) -> int:
        # Two for each run, for one server takes the next one as well; never twice, for the last run's connections
        # may still be remembered.
        self._port += 2
        return self._port - 2


def _remarks(report: dict) -> list[str]:
    remarks = []
    if report["verdict"] != "faultless":
        details = {name: report[name] for name in ("faults", "broken", "refused")}
        remarks.append(f"faulty: {json.dumps(details)}")
    if report["driver"]["share"] > _BUSY:
        remarks.append(f"the load generator was busy for {report['driver']['share']:.0%} of the time")
    return remarks


def _tell(case: Case, server: Server, number: int, figures: tuple[float, ...], remarks: list[str]) -> None:
    told = " / ".join(f"{figure:.1f}" for figure in figures) or "nothing"
    line = "; ".join([f"{case.name} {server.name} round {number}: {told}", *remarks])
    print(line, file=sys.stderr, flush=True)
