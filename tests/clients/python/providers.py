"""Stand-ins for the providers of outside channels, who know every account: what is looked up is found."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

_ANY = "stand-in"


class Providers:
    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        self._serving = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._serving.start()

    def variables(self) -> dict[str, str]:
        """With which a server asks here."""
        base = f"http://127.0.0.1:{self._server.server_port}"
        return {
            "SWITCHBOARD_PROVIDERS__TWILIO__BASE_URL": base,
            "SWITCHBOARD_PROVIDERS__MESSENGER__BASE_URL": base,
            "SWITCHBOARD_PROVIDERS__SLACK__BASE_URL": f"{base}/api",
            "SWITCHBOARD_PROVIDERS__SLACK__CLIENT_ID": _ANY,
            "SWITCHBOARD_PROVIDERS__SLACK__CLIENT_SECRET": _ANY,
        }

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._serving.join()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        token = parse_qs(address.query).get("access_token", [""])[0]
        if address.path == "/me":
            self._answer({"id": _digits("page", token), "name": "Biz"})
        elif address.path == "/app":
            self._answer({"id": _digits("app", token)})
        else:
            account, _, number = address.path.removeprefix("/2010-04-01/Accounts/").partition("/")
            sid = unquote(number).removeprefix("IncomingPhoneNumbers/").removesuffix(".json")
            can = {"fax": False, "mms": True, "sms": True, "voice": False}
            found = {"account_sid": unquote(account), "sid": sid, "phone_number": f"+{_digits('number', sid)}"}
            self._answer(found | {"capabilities": can})

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        if self.path == "/api/auth.test":
            self._answer({"ok": True, "team": "Team", "user": "Bot", "team_id": "T1", "user_id": "U1"})
        else:
            code = parse_qs(said).get("code", [""])[0]
            team = "T" + base64.b32encode(hashlib.sha256(code.encode()).digest()).decode()[:10]
            self._answer({"ok": True, "access_token": f"xoxb-{team}", "team": {"id": team, "name": "Team"}})

    def _answer(self, body: dict) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Says nothing: the server has a log of its own."""


def _digits(kind: str, of: str) -> str:
    return str(int.from_bytes(hashlib.sha256(f"{kind} {of}".encode()).digest()[:6]))
