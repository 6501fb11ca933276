"""The cases of the Autobahn testsuite, as kosoku runs them, against the server's websocket layer behind an echo."""

import asyncio
import unittest

from kosoku import FailureError, run_fuzzingclient

from websocket_echo import Echo

COMPRESSION = ["12.*", "13.*"]
"""permessage-deflate, of which a class of its own plays some."""

SIZES = [4, 5, 11]
"""A thousand messages of 1024 and of 4096 bytes, and of 8192 in fragments of 256. Smaller ones would come back as
they are, which kosoku takes for texts; larger ones take minutes and show the same."""

DEFLATED = [f"{group}.{size}" for group in ["12.1", "12.2", "12.3", "12.4"] for size in SIZES] + [
    f"13.{offers}.{size}" for offers in [1, 2, 4, 6, 7] for size in SIZES
]
"""All data but a PDF, which does not get smaller, and all offers but those that admit a window of 512 bytes only."""

SECONDS = 600
"""Most of them go to the cases that send megabytes in very small pieces."""


class Autobahn(unittest.TestCase):
    def test_all_cases_pass(self) -> None:
        results = self.play(Echo(), None, COMPRESSION)
        self.assertGreater(len(results), 300, "cases are missing")

    def test_deflated_messages_come_back_whatever_is_offered(self) -> None:
        results = self.play(Echo("--deflate"), DEFLATED, None)
        self.assertEqual(len(results), len(DEFLATED), "cases are missing")

    def play(self, echo: Echo, cases: list[str] | None, excluded: list[str] | None) -> list:
        self.addCleanup(echo.remove)
        try:
            return asyncio.run(_results(echo, cases, excluded))
        except FailureError as failure:
            self.fail("\n".join(_told(result) for result in failure.results if not result.passed))


async def _results(echo: Echo, cases: list[str] | None, excluded: list[str] | None) -> list:
    running = run_fuzzingclient(f"ws://{echo.address}", cases, excluded, concurrency=4)
    return await asyncio.wait_for(running, SECONDS)


def _told(result) -> str:
    return (
        f"{result.case_id}: {result.behavior.value}, {result.result}"
        f" Close: {result.behavior_close.value}, {result.result_close} ({result.description})"
    )
