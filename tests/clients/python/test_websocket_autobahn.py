"""The cases of the Autobahn testsuite, as kosoku runs them, against the server's websocket layer behind an echo."""

import asyncio
import unittest

from kosoku import FailureError, run_fuzzingclient

from websocket_echo import Echo

COMPRESSION = ["12.*", "13.*"]
"""permessage-deflate, which the server does not offer."""

SECONDS = 600
"""Most of them go to the cases that send megabytes in very small pieces."""


class Autobahn(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.echo = Echo()
        cls.addClassCleanup(cls.echo.remove)

    def test_all_cases_pass(self) -> None:
        try:
            results = asyncio.run(self._run())
        except FailureError as failure:
            self.fail("\n".join(_told(result) for result in failure.results if not result.passed))
        self.assertGreater(len(results), 300, "cases are missing")

    async def _run(self) -> list:
        cases = run_fuzzingclient(f"ws://{self.echo.address}", None, COMPRESSION, concurrency=4)
        return await asyncio.wait_for(cases, SECONDS)


def _told(result) -> str:
    return (
        f"{result.case_id}: {result.behavior.value}, {result.result}"
        f" Close: {result.behavior_close.value}, {result.result_close} ({result.description})"
    )
