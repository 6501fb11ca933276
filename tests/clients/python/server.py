"""The real server on a free port with data of its own, and the calls that the tests make to it."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import requests

PATIENCE = 20.0
"""Seconds for which anything is waited for."""

# The server takes every variable of this name for configuration, and refuses those it does not know.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
# What customers say comes to the agent at once.
_ENVIRONMENT["SWITCHBOARD_FAQ__FIRST_BOT_ACTIVE"] = "false"


class Server:
    def __init__(self, **variables: str) -> None:
        """`variables` configure it beyond its defaults."""
        self._variables = variables
        self._folder = tempfile.TemporaryDirectory(prefix="switchboard-")
        self._run("127.0.0.1:0")
        file = Path(self._folder.name, "data", "credentials.json")
        self.credentials = json.loads(file.read_text())
        self.url = self.credentials["baseUrl"]
        self.clients = self.credentials["clients"]
        self.integrations = self.credentials["hub"]["integrations"]

    def restart(self) -> None:
        """Kills the server and starts it again on the same port and data."""
        self._end()
        self._run(self.url.removeprefix("http://"))

    def remove(self) -> None:
        self._end()
        self._folder.cleanup()

    def discovery(self) -> dict:
        return requests.get(f"{self.url}/.well-known/openid-configuration", timeout=PATIENCE).json()

    def token(self, api: str = "engine") -> str:
        client = self.clients[api]
        form = {
            "grant_type": "client_credentials",
            "client_id": client["client_id"],
            "client_secret": client["client_secret"],
        }
        answer = requests.post(f"{self.url}/connect/token", data=form, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def establish(self, token: str, binding: str) -> str:
        body = {"integrationId": self.integrations["customer"], "binding": binding, "channelType": "Direct"}
        return self.post("/api/v1/conversations/establish", token, body)["conversationId"]

    def say(self, token: str, conversation: str, text: str) -> dict:
        path = f"/inbound/customer/v1/direct/activity/{conversation}"
        return self.post(path, token, {"type": "message", "message": {"type": "text", "text": text}})

    def post(self, path: str, token: str, body: dict) -> dict:
        """What a call answers that has to succeed."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.post(self.url + path, json=body, headers=headers, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()

    def _run(self, listen: str) -> None:
        with open(Path(self._folder.name, "server.log"), "ab") as log:
            self._process = subprocess.Popen(
                [os.environ["SWITCHBOARD_BIN"], "--listen", listen],
                cwd=self._folder.name,
                env=_ENVIRONMENT | self._variables,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        # Printed when the port is open, so whoever connects from now on is served.
        greeting = self._process.stdout.readline()
        if not greeting.startswith("Switchboard serves "):
            log = Path(self._folder.name, "server.log").read_text()
            raise RuntimeError(f"the server did not start: {greeting}\n{log}")

    def _end(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        self._process.stdout.close()
