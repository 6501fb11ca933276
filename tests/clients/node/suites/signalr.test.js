// @microsoft/signalr, unchanged, by each of its transports in each protocol that it carries: it connects, hears what
// customers say, and survives restarts of the server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import {
  HttpTransportType,
  HubConnectionBuilder,
  HubConnectionState,
  JsonHubProtocol,
  LogLevel,
} from "@microsoft/signalr";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";

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

const JSON_PROTOCOL = () => new JsonHubProtocol();
const MESSAGEPACK = () => new MessagePackHubProtocol();

/** Every way to connect, by its name. */
const WAYS = Object.entries({
  "a websocket in JSON": { transport: HttpTransportType.WebSockets },
  "a websocket in JSON, without negotiation": { transport: HttpTransportType.WebSockets, skipNegotiation: true },
  "a websocket in messagepack": { transport: HttpTransportType.WebSockets, protocol: MESSAGEPACK },
  "server-sent events in JSON": { transport: HttpTransportType.ServerSentEvents },
  "long polling in JSON": { transport: HttpTransportType.LongPolling },
  "long polling in messagepack": { transport: HttpTransportType.LongPolling, protocol: MESSAGEPACK },
});

/** A hub connection with an inbox for activities, one for what is beside them, and one for its life. */
function listener({ transport, skipNegotiation = false, protocol = JSON_PROTOCOL, query = "" }) {
  const agent = server.credentials.hub.integrations.agent;
  const connection = new HubConnectionBuilder()
    .withUrl(`${server.url}/engine-chat-hub?iId=${agent}${query}`, {
      accessTokenFactory: () => accessToken,
      transport,
      skipNegotiation,
    })
    .withHubProtocol(protocol())
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 200 })
    .configureLogging(LogLevel.None)
    .build();
  const [activities, controls, life] = [new Inbox(), new Inbox(), new Inbox()];
  connection.on("ReceiveDirectActivities", activities.put);
  connection.on("ReceiveControl", controls.put);
  connection.onreconnecting(() => life.put("reconnecting"));
  connection.onreconnected(() => life.put("reconnected"));
  connection.onclose(() => life.put("closed"));
  return { connection, activities, controls, life };
}

/** A listener that has connected. */
async function connected(way) {
  const listening = listener(way);
  await within("no connection", listening.connection.start());
  return listening;
}

for (const [name, way] of WAYS) {
  describe(`an agent's connection by ${name}`, () => {
    test("hears what a customer says", async () => {
      const { connection, activities, life } = await connected(way);
      const customer = await Customer.arrive(server, accessToken, `hears by ${name}`);
      const receipt = await customer.say("Hello, wörld");
      const activity = await activities.next();
      assert.equal(activity.message.text, "Hello, wörld");
      assert.equal(activity.eventId, receipt.eventId);
      assert.equal(activity.interactionId, receipt.interactionId);
      assert.equal(activity.conversationId, customer.conversation);
      assert.equal(activity.sender.integrationType, "Customer");
      assert.equal(activity.isEcho, false);
      await connection.stop();
      assert.equal(await life.next(), "closed");
      assert.ok(activities.isEmpty);
    });

    test("hears everything in order, however much it is", async () => {
      const { connection, activities } = await connected(way);
      const customer = await Customer.arrive(server, accessToken, `much by ${name}`);
      const texts = Array.from({ length: 60 }, (_, number) => `${number} ${"x".repeat(number * 100)}`);
      for (const text of texts) await customer.say(text);
      for (const text of texts) assert.equal((await activities.next()).message.text, text);
      await connection.stop();
      assert.ok(activities.isEmpty);
    });

    test("to one conversation hears that conversation only", async () => {
      const [wanted, other] = [
        await Customer.arrive(server, accessToken, `wanted by ${name}`),
        await Customer.arrive(server, accessToken, `other by ${name}`),
      ];
      const { connection, activities } = await connected({ ...way, query: `&cId=${wanted.conversation}` });
      await other.say("not for you");
      await wanted.say("for you");
      assert.equal((await activities.next()).message.text, "for you");
      await connection.stop();
      assert.ok(activities.isEmpty);
    });

    test("with a cursor hears what was said before it came", async () => {
      const first = await connected(way);
      const customer = await Customer.arrive(server, accessToken, `cursor by ${name}`);
      await customer.say("one");
      const { cursor } = await first.activities.next();
      await first.connection.stop();
      await customer.say("two");
      const second = await connected({ ...way, query: `&since=${cursor}` });
      await customer.say("three");
      assert.equal((await second.activities.next()).message.text, "two");
      assert.equal((await second.activities.next()).message.text, "three");
      await second.connection.stop();
      assert.ok(second.activities.isEmpty && second.controls.isEmpty);
    });

    test("with a cursor of another store is told of the gap first", async () => {
      const foreign = Buffer.from([1, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 1]).toString("base64url");
      const { connection, activities, controls } = await connected({ ...way, query: `&since=${foreign}` });
      const gap = await controls.next();
      assert.equal(gap.control, "gap");
      assert.equal(gap.reason, "unknown");
      await Customer.arrive(server, accessToken, `gap by ${name}`).then((customer) => customer.say("after the gap"));
      while ((await activities.next()).message.text !== "after the gap");
      await connection.stop();
    });

    test("is told that the hub has no such method", async () => {
      const { connection } = await connected(way);
      await assert.rejects(connection.invoke("NoSuchMethod", 1, { a: [] }), {
        message: /^HubException: \[\d+\]: .*NoSuchMethod/,
      });
      assert.equal(connection.state, HubConnectionState.Connected);
      await connection.stop();
    });

    for (const signal of ["SIGTERM", "SIGKILL"]) {
      test(`survives ${signal} of the server`, async () => {
        const { connection, activities, life } = await connected(way);
        const customer = await Customer.arrive(server, accessToken, `${signal} by ${name}`);
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
  });
}

test("a connection with a token of another API is refused", async () => {
  const portal = await token(server, server.credentials.clients.portal);
  const agent = server.credentials.hub.integrations.agent;
  const connection = new HubConnectionBuilder()
    .withUrl(`${server.url}/engine-chat-hub?iId=${agent}`, { accessTokenFactory: () => portal })
    .configureLogging(LogLevel.None)
    .build();
  await assert.rejects(within("no answer", connection.start()), /403/);
});
