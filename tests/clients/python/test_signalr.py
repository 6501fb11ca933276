"""pysignalr, unchanged: it connects, hears what a customer says, and comes back after the server was killed."""

import asyncio
import unittest

from pysignalr.client import SignalRClient

from server import PATIENCE, Server


class AgentsConnection(unittest.IsolatedAsyncioTestCase):
    variables: dict[str, str] = {}

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server(**cls.variables)
        cls.addClassCleanup(cls.server.remove)

    async def asyncSetUp(self) -> None:
        self.token = self.server.token()
        self.opened: asyncio.Queue = asyncio.Queue()
        self.activities: asyncio.Queue = asyncio.Queue()
        # As a header: the library asks its access_token_factory only after it has negotiated.
        client = SignalRClient(
            f"{self.server.url}/engine-chat-hub?iId={self.server.integrations['agent']}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        client.on_open(lambda: self.opened.put(True))
        client.on("ReceiveDirectActivities", lambda arguments: self.activities.put(arguments[0]))
        self.addAsyncCleanup(self._end, asyncio.create_task(client.run()))
        await self._soon(self.opened)

    async def test_hears_what_a_customer_says(self) -> None:
        receipt = await self._say("hears", "Hello")
        activity = await self._soon(self.activities)
        self.assertEqual(activity["message"]["text"], "Hello")
        self.assertEqual(activity["eventId"], receipt["eventId"])

    async def test_comes_back_after_the_server_was_killed(self) -> None:
        await asyncio.to_thread(self.server.restart)
        await self._soon(self.opened)
        await self._say("comes-back", "after")
        self.assertEqual((await self._soon(self.activities))["message"]["text"], "after")

    async def _say(self, binding: str, text: str) -> dict:
        conversation = await asyncio.to_thread(self.server.establish, self.token, binding)
        return await asyncio.to_thread(self.server.say, self.token, conversation, text)

    async def _end(self, running: asyncio.Task) -> None:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def _soon(self, queue: asyncio.Queue):
        return await asyncio.wait_for(queue.get(), PATIENCE)


class DeflatedConnection(AgentsConnection):
    """The library offers permessage-deflate by itself."""

    variables = {"SWITCHBOARD_WEBSOCKET__COMPRESSION": "true"}


if __name__ == "__main__":
    unittest.main()
