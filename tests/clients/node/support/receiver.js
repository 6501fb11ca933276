// A receiver of webhooks on a port of its own: it takes what comes and remembers it.

import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

export class Receiver {
  static async start(inbox) {
    const server = createServer(async (request, answer) => {
      inbox.put({ headers: request.headers, body: (await buffer(request)).toString() });
      answer.writeHead(204).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Receiver(server, inbox);
  }

  constructor(server, inbox) {
    this.server = server;
    this.inbox = inbox;
    this.url = `http://127.0.0.1:${server.address().port}/in`;
  }

  /** What came next, once it is there. */
  next() {
    return this.inbox.next();
  }

  end() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
