// GET /sub/<topic> with an upgrade subscribes, POST /pub/<topic> publishes its body; its frame is made once.

import { createServer } from "node:http";
import { Sender, WebSocketServer } from "ws";

const FRAME = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false };

const topics = new Map();
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });

function topicOf(request) {
  return request.url.slice("/sub/".length);
}

function subscribe(topic, socket) {
  if (!topics.has(topic)) topics.set(topic, new Set());
  const subscribers = topics.get(topic).add(socket);
  socket.on("error", () => {});
  socket.on("close", () => {
    subscribers.delete(socket);
    if (subscribers.size === 0) topics.delete(topic);
  });
}

function publish(topic, body) {
  const frame = Buffer.concat(Sender.frame(body, FRAME));
  for (const socket of topics.get(topic) ?? []) socket._socket.write(frame);
}

const server = createServer({ keepAlive: true }, (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    publish(topicOf(request), parts.length === 1 ? parts[0] : Buffer.concat(parts));
    response.writeHead(200, { "Content-Length": 0 }).end();
  });
});
server.on("upgrade", (request, stream, head) => {
  sockets.handleUpgrade(request, stream, head, (socket) => subscribe(topicOf(request), socket));
});
// An idle publisher is no reason to close its connection.
server.keepAliveTimeout = 0;
server.listen({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096 });
