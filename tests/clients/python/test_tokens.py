"""PyJWT and Authlib, unchanged: tokens are got and verified with nothing but the address of the server."""

import unittest

import jwt
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
import requests

from server import PATIENCE, Server


class Tokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.remove)
        cls.discovery = cls.server.discovery()

    def test_pyjwt_verifies_a_token_with_the_published_keys(self) -> None:
        token = self.server.token()
        key = jwt.PyJWKClient(self.discovery["jwks_uri"]).get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=self.discovery["issuer"])
        self.assertEqual(claims["scope"], "hubster-engine-api")
        self.assertEqual(claims["exp"] - claims["iat"], 2_592_000)

    def test_pyjwt_refuses_a_token_with_another_signature(self) -> None:
        token, other = self.server.token(), self.server.token("portal")
        key = jwt.PyJWKClient(self.discovery["jwks_uri"]).get_signing_key_from_jwt(token)
        mixed = ".".join([*token.split(".")[:2], other.split(".")[2]])
        with self.assertRaises(jwt.InvalidSignatureError):
            jwt.decode(mixed, key, algorithms=["RS256"])

    def test_authlib_gets_a_token_by_form_and_by_basic_authentication(self) -> None:
        client = self.server.clients["engine"]
        for method in ["client_secret_post", "client_secret_basic"]:
            with self.subTest(method), self._session(client, method) as session:
                token = session.fetch_token(
                    self.discovery["token_endpoint"], grant_type="client_credentials", timeout=PATIENCE
                )
                self.assertEqual(token["token_type"], "Bearer")
                self.assertEqual(self._verified(token["access_token"])["client_id"], client["client_id"])

    def test_authlib_calls_the_api_with_its_token(self) -> None:
        with self._session(self.server.clients["portal"], "client_secret_basic") as session:
            session.fetch_token(self.discovery["token_endpoint"], grant_type="client_credentials")
            hubs = session.get(f"{self.server.url}/api/v1/hubs", timeout=PATIENCE)
            self.assertEqual(hubs.status_code, 200, hubs.text)
            self.assertEqual(hubs.json()["total"], 1)

    def _session(self, client: dict, method: str) -> OAuth2Session:
        return OAuth2Session(
            client["client_id"], client["client_secret"], token_endpoint_auth_method=method
        )

    def _verified(self, token: str) -> dict:
        keys = KeySet.import_key_set(requests.get(self.discovery["jwks_uri"], timeout=PATIENCE).json())
        return joserfc_jwt.decode(token, keys, algorithms=["RS256"]).claims


if __name__ == "__main__":
    unittest.main()
