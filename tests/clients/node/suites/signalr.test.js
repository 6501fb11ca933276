// @microsoft/signalr, unchanged: it connects, hears what customers say, and survives restarts of the server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { HttpTransportType, HubConnectionBuilder, HubConnectionState, LogLevel } from "@microsoft/signalr";

import { Customer, token } from "../support/broker.js";
import { Inbox, within } from "../support/inbox.js";
import { Server } from "../support/server.js";

let server;
let accessToken;

before(async () => {
  server = await Server.start();
  accessToken = await token(server);
});

after(() => server.remove());

/** A hub connection with an inbox for activities and one for its life. */
function listener({ query = "", skipNegotiation = false } = {}) {
  const agent = server.credentials.hub.integrations.agent;
  const connection = new HubConnectionBuilder()
    .withUrl(`${server.url}/engine-chat-hub?iId=${agent}${query}`, {
      accessTokenFactory: () => accessToken,
      transport: HttpTransportType.WebSockets,
      skipNegotiation,
    })
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 200 })
    .configureLogging(LogLevel.None)
    .build();
  const activities = new Inbox();
  const life = new Inbox();
  connection.on("ReceiveDirectActivities", activities.put);
  connection.onreconnecting(() => life.put("reconnecting"));
  connection.onreconnected(() => life.put("reconnected"));
  connection.onclose(() => life.put("closed"));
  return { connection, activities, life };
}

describe("an agent's connection", () => {
  for (const skipNegotiation of [false, true]) {
    test(`hears what a customer says ${skipNegotiation ? "without" : "with"} negotiation`, async () => {
      const { connection, activities } = listener({ skipNegotiation });
      await within("no connection", connection.start());
      const customer = await Customer.arrive(server, accessToken, `hears-${skipNegotiation}`);
      const receipt = await customer.say("Hello");
      const activity = await activities.next();
      assert.equal(activity.message.text, "Hello");
      assert.equal(activity.eventId, receipt.eventId);
      assert.equal(activity.interactionId, receipt.interactionId);
      assert.equal(activity.conversationId, customer.conversation);
      assert.equal(activity.sender.integrationType, "Customer");
      await connection.stop();
      assert.ok(activities.isEmpty);
    });
  }

  test("to one conversation hears that conversation only", async () => {
    const [wanted, other] = [
      await Customer.arrive(server, accessToken, "wanted"),
      await Customer.arrive(server, accessToken, "other"),
    ];
    const { connection, activities } = listener({ query: `&cId=${wanted.conversation}` });
    await within("no connection", connection.start());
    await other.say("not for you");
    await wanted.say("for you");
    assert.equal((await activities.next()).message.text, "for you");
    await connection.stop();
    assert.ok(activities.isEmpty);
  });

  test("with a cursor hears what was said before it came", async () => {
    const first = listener();
    await within("no connection", first.connection.start());
    const customer = await Customer.arrive(server, accessToken, "cursor");
    await customer.say("one");
    const { cursor } = await first.activities.next();
    await first.connection.stop();
    await customer.say("two");
    const second = listener({ query: `&since=${cursor}` });
    await within("no connection", second.connection.start());
    await customer.say("three");
    assert.equal((await second.activities.next()).message.text, "two");
    assert.equal((await second.activities.next()).message.text, "three");
    await second.connection.stop();
    assert.ok(second.activities.isEmpty);
  });

  test("is told that the hub has no such method", async () => {
    const { connection } = listener();
    await within("no connection", connection.start());
    await assert.rejects(connection.invoke("NoSuchMethod"), { message: /^HubException: \[\d+\]: .*NoSuchMethod/ });
    assert.equal(connection.state, HubConnectionState.Connected);
    await connection.stop();
  });

  test("with a token of another API is refused", async () => {
    const portal = await token(server, server.credentials.clients.portal);
    const agent = server.credentials.hub.integrations.agent;
    const connection = new HubConnectionBuilder()
      .withUrl(`${server.url}/engine-chat-hub?iId=${agent}`, { accessTokenFactory: () => portal })
      .configureLogging(LogLevel.None)
      .build();
    await assert.rejects(within("no answer", connection.start()), /403/);
  });
});

describe("an agent's connection survives", () => {
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    for (const skipNegotiation of [false, true]) {
      test(`${signal} of the server ${skipNegotiation ? "without" : "with"} negotiation`, async () => {
        const { connection, activities, life } = listener({ skipNegotiation });
        await within("no connection", connection.start());
        const customer = await Customer.arrive(server, accessToken, `${signal}-${skipNegotiation}`);
        await customer.say("before");
        assert.equal((await activities.next()).message.text, "before");

        await server.restart(signal);
        assert.equal(await life.next(), "reconnecting");
        assert.equal(await life.next(), "reconnected");

        await customer.say("after");
        assert.equal((await activities.next()).message.text, "after");
        await connection.stop();
        assert.ok(activities.isEmpty);
      });
    }
  }
});
