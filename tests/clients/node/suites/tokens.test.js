// jose, unchanged: a token verifies with nothing but the address of the server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createRemoteJWKSet, errors, jwtVerify } from "jose";

import { token } from "../support/broker.js";
import { Server } from "../support/server.js";

let server;
let discovery;

before(async () => {
  server = await Server.start();
  const answer = await fetch(`${server.url}/.well-known/openid-configuration`);
  assert.equal(answer.status, 200);
  discovery = await answer.json();
});

after(() => server.remove());

test("a token verifies through discovery and the published keys", async () => {
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
  const { payload, protectedHeader } = await jwtVerify(await token(server), keys, { issuer: discovery.issuer });
  assert.equal(protectedHeader.alg, "RS256");
  assert.equal(payload.scope, "hubster-engine-api");
  assert.equal(payload.sub, server.credentials.clients.engine.client_id);
  assert.equal(payload.exp - payload.iat, 2_592_000);
});

test("a token whose content was changed does not verify", async () => {
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
  const [header, payload, signature] = (await token(server)).split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const changed = Buffer.from(JSON.stringify({ ...claims, scope: "hubster-portal-api" })).toString("base64url");
  const verifying = jwtVerify(`${header}.${changed}.${signature}`, keys);
  await assert.rejects(verifying, errors.JWSSignatureVerificationFailed);
});

test("a token verifies after a restart with keys fetched before it", async () => {
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
  await jwtVerify(await token(server), keys);
  await server.restart("SIGKILL");
  await jwtVerify(await token(server), keys, { issuer: discovery.issuer });
});
