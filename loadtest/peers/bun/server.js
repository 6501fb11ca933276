// GET /sub/<topic> with an upgrade subscribes, POST /pub/<topic> publishes its body: bun's own topics do the work.

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  routes: {
    "/sub/:topic": (request, server) => {
      if (!server.upgrade(request, { data: request.params.topic })) return new Response(null, { status: 426 });
    },
    "/pub/:topic": {
      POST: async (request, server) => {
        server.publish(request.params.topic, await request.text());
        return new Response();
      },
    },
  },
  websocket: {
    perMessageDeflate: false,
    // In seconds; the longest there is. Pings go out by themselves.
    idleTimeout: 960,
    open: (socket) => socket.subscribe(socket.data),
    message: () => {},
  },
});
