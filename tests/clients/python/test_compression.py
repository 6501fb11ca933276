"""websockets, unchanged, offers permessage-deflate by itself: it hears and says what it would without."""

import asyncio
import json
import unittest

import websockets

from server import PATIENCE, Server

TEXT = "Where is my order? " * 100


class DeflatedSocket(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server(SWITCHBOARD_WEBSOCKET__COMPRESSION="true")
        cls.addClassCleanup(cls.server.remove)
        cls.token = cls.server.token()

    async def test_is_agreed_on_without_contexts(self) -> None:
        async with self.connect("agent") as socket:
            agreed = socket.response.headers["Sec-WebSocket-Extensions"]
            self.assertIn("server_no_context_takeover; client_no_context_takeover", agreed)
            self.assertEqual(len(socket.protocol.extensions), 1)

    async def test_hears_what_the_other_side_says_deflated(self) -> None:
        conversation = await asyncio.to_thread(self.server.establish, self.token, "deflated")
        async with self.connect("agent") as agent, self.connect("customer") as customer:
            self.assertEqual((await self.heard(agent))["control"], "snapshot")
            self.assertEqual((await self.heard(customer))["control"], "snapshot")
            for number in range(20):
                activity = {"type": "message", "message": {"type": "text", "text": f"{number}: {TEXT}"}}
                said = {"control": "send", "reference": number, "conversationId": conversation, "activity": activity}
                await customer.send(json.dumps(said))
                heard = await self.heard(agent)
                self.assertEqual(heard["activity"]["message"]["text"], f"{number}: {TEXT}")

    async def test_goes_without_where_it_offers_none(self) -> None:
        async with self.connect("agent", compression=None) as socket:
            self.assertNotIn("Sec-WebSocket-Extensions", socket.response.headers)
            self.assertEqual((await self.heard(socket))["control"], "snapshot")

    def connect(self, whom: str, **options: object) -> websockets.connect:
        url = self.server.url.replace("http", "ws", 1)
        headers = {"Authorization": f"Bearer {self.token}"}
        path = f"/events/v1/direct?integrationId={self.server.integrations[whom]}"
        return websockets.connect(url + path, additional_headers=headers, **options)

    async def heard(self, socket: websockets.ClientConnection) -> dict:
        return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))


if __name__ == "__main__":
    unittest.main()
