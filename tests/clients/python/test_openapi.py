"""Schemathesis, unchanged, over the control plane: what it makes of the document is answered as the document says."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from providers import Providers
from server import Server

CONTROL_PLANE = r"^/api/v1/(audit|commands|hubs|integrations|teams|tenants|users)(/(?!web-chat)|$)"

EXAMPLES = 25
"""Cases that are drawn for each call, besides the document's examples and the edges of each schema."""

SEED = 20_261_126
"""Every run draws the same."""

PATIENCE = 1200.0
"""Seconds after which a run is given up; it takes two minutes where nobody else is at work."""


class OpenApi(unittest.TestCase):
    def test_the_control_plane_answers_as_its_document_says(self) -> None:
        providers = Providers()
        self.addCleanup(providers.end)
        many = {"PER_SECOND": "100000", "BURST": "100000"}
        rates = {f"SWITCHBOARD_RATE_LIMITS__PORTAL__{name}": value for name, value in many.items()}
        secrets = {"SWITCHBOARD_LIMITS__SECRETS_PER_CLIENT": "1000"}
        server = Server(**providers.variables(), **rates, **secrets)
        self.addCleanup(server.remove)
        token, client = server.token("portal"), server.clients["portal"]["client_id"]
        folder = tempfile.TemporaryDirectory(prefix="schemathesis-")
        self.addCleanup(folder.cleanup)
        hooks = Path(__file__).with_name("openapi_hooks.py")
        Path(folder.name, "schemathesis.toml").write_text(f'hooks = "{hooks}"\n')
        run = subprocess.run(
            [
                *(sys.executable, "-B", "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"),
                *("--include-path-regex", CONTROL_PLANE),
                *("--header", f"Authorization: Bearer {token}"),
                *("--phases", "examples,coverage,fuzzing,stateful", "--mode", "all", "--checks", "all"),
                *("--seed", str(SEED), "--max-examples", str(EXAMPLES), "--generation-database", "none"),
                *("--request-timeout", "20", "--no-color"),
            ],
            cwd=folder.name,
            env=os.environ | {"OPENAPI_CLIENT": client, "OPENAPI_THERE": json.dumps(_made(server, token))},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        self.assertEqual(run.returncode, 0, run.stdout)


def _made(server: Server, token: str) -> dict[str, dict[str, str]]:
    """Things to be called about, by the call and its parameter. No deletion is among the calls."""

    def make(path: str, of: str, body: dict) -> str:
        return server.post(path, token, body | {"name": "for the calls"})[of]

    hub = make("/api/v1/hubs", "hubId", {"description": "has one of each"})
    transfer = {"url": "https://example.com", "linkDescription": "there"}
    transfer = make(f"/api/v1/commands/transfers/{hub}", "commandId", transfer)
    response = {"integrationTypeId": "agent", "type": "message", "responses": [{"type": "text", "text": "Hello"}]}
    response = make(f"/api/v1/commands/responses/{hub}", "commandId", response)
    bot = {"channelId": "Bot", "configuration": {"webhookUrl": "https://example.com/hear"}}
    bot = make(f"/api/v1/integrations/hubs/{hub}", "integrationId", bot)
    of_hub = ["getHub", "updateHub", "createIntegration", "listIntegrationsOnChannel", "getStages", "putStages"]
    there = {call: {"hubId": hub} for call in [*of_hub, "listTransfers", "listResponses"]}
    there |= {call: {"id": hub} for call in ["createTransfer", "createResponse"]}
    there |= {call: {"id": transfer} for call in ["getTransfer", "updateTransfer"]}
    there |= {call: {"id": response} for call in ["getResponse", "updateResponse"]}
    there |= {call: {"integrationId": bot} for call in ["getIntegration", "updateIntegration"]}
    return there


if __name__ == "__main__":
    unittest.main()
