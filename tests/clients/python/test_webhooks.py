"""standardwebhooks, unchanged: what arrives at a receiver verifies, also while its key changes."""

import unittest
from base64 import b64encode

import requests
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from receiver import Arrival, Receiver
from server import PATIENCE, Server


class Webhooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server(SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE="true")
        cls.addClassCleanup(cls.server.remove)
        cls.token = cls.server.token()
        cls.portal = {"Authorization": f"Bearer {cls.server.token('portal')}"}

    def setUp(self) -> None:
        self.receiver = Receiver()
        self.addCleanup(self.receiver.end)
        configuration = {"webhookUrl": self.receiver.url, "events": ["message"]}
        hub = self.server.credentials["hub"]["hubId"]
        body = {"channelId": "System", "name": self.id(), "configuration": configuration}
        self.listener = self.call("POST", f"/api/v1/integrations/hubs/{hub}", body)

    def tearDown(self) -> None:
        self.call("DELETE", f"/api/v1/integrations/{self.listener['integrationId']}")

    def test_what_a_customer_says_arrives_and_verifies(self) -> None:
        arrival = self.arrival_of("Grüße")
        body = Webhook(secret(self.listener)).verify(arrival.body, arrival.headers)
        self.assertEqual(body["activities"][0]["message"]["text"], "Grüße")

    def test_what_was_changed_on_the_way_does_not_verify(self) -> None:
        arrival = self.arrival_of("genuine")
        webhook = Webhook(secret(self.listener))
        with self.assertRaises(WebhookVerificationError):
            webhook.verify(arrival.body.replace(b"genuine", b"forgery"), arrival.headers)
        with self.assertRaises(WebhookVerificationError):
            webhook.verify(arrival.body, arrival.headers | {"webhook-id": "another"})

    def test_the_former_key_verifies_beside_the_new_one(self) -> None:
        configuration = self.listener["configuration"] | {"regenerateKeys": True}
        path = f"/api/v1/integrations/{self.listener['integrationId']}"
        changed = self.call("PUT", path, {"configuration": configuration})
        self.assertNotEqual(secret(changed), secret(self.listener))
        arrival = self.arrival_of("after the change")
        self.assertEqual(arrival.headers["x-hubster-public-key"], changed["configuration"]["publicSigningKey"])
        for integration in [changed, self.listener]:
            Webhook(secret(integration)).verify(arrival.body, arrival.headers)

    def arrival_of(self, text: str) -> Arrival:
        conversation = self.server.establish(self.token, self.id())
        self.server.say(self.token, conversation, text)
        return self.receiver.next()

    def call(self, method: str, path: str, body: dict | None = None) -> dict | None:
        url = self.server.url + path
        answer = requests.request(method, url, json=body, headers=self.portal, timeout=PATIENCE)
        self.assertLess(answer.status_code, 300, answer.text)
        return answer.json() if answer.content else None


def secret(integration: dict) -> str:
    key = integration["configuration"]["privateSigningKey"]
    return "whsec_" + b64encode(key.encode()).decode()


if __name__ == "__main__":
    unittest.main()
