// standardwebhooks, unchanged: what arrives at a receiver verifies, also while its key changes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Webhook, WebhookVerificationError } from "standardwebhooks";

import { call, Customer, token } from "../support/broker.js";
import { Inbox } from "../support/inbox.js";
import { Receiver } from "../support/receiver.js";
import { Server } from "../support/server.js";

let server;
let receiver;
let listener;
let portal;

before(async () => {
  server = await Server.start({ SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE: "true" });
  portal = await token(server, server.credentials.clients.portal);
  receiver = await Receiver.start(new Inbox());
  const configuration = { webhookUrl: receiver.url, events: ["message:customer"] };
  const body = { channelId: "System", name: "Listener", configuration };
  listener = await call(server, portal, "POST", `/api/v1/integrations/hubs/${server.credentials.hub.hubId}`, body);
});

after(async () => {
  receiver.end();
  await server.remove();
});

async function arrivalOf(text, t) {
  const customer = await Customer.arrive(server, await token(server), t.name);
  await customer.say(text);
  return receiver.next();
}

function webhook(integration) {
  return new Webhook(`whsec_${Buffer.from(integration.configuration.privateSigningKey).toString("base64")}`);
}

test("what a customer says arrives and verifies", async (t) => {
  const { headers, body } = await arrivalOf("Grüße", t);
  assert.equal(webhook(listener).verify(body, headers).activities[0].message.text, "Grüße");
});

test("what was changed on the way does not verify", async (t) => {
  const { headers, body } = await arrivalOf("genuine", t);
  const forged = body.replace("genuine", "forgery");
  assert.throws(() => webhook(listener).verify(forged, headers), WebhookVerificationError);
});

test("the former key verifies beside the new one", async (t) => {
  const configuration = { ...listener.configuration, regenerateKeys: true };
  const path = `/api/v1/integrations/${listener.integrationId}`;
  const changed = await call(server, portal, "PUT", path, { configuration });
  const { headers, body } = await arrivalOf("after the change", t);
  assert.equal(headers["x-hubster-public-key"], changed.configuration.publicSigningKey);
  assert.notEqual(changed.configuration.publicSigningKey, listener.configuration.publicSigningKey);
  for (const integration of [changed, listener]) webhook(integration).verify(body, headers);
});
