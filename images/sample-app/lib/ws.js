// WebSockets at /ws: every message is answered with itself; a client that stops answering pings is dropped.
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire("/usr/share/nodejs/")("ws");
const heartbeatMilliseconds = 30_000;
const goingAway = 1001;

/** Serves /ws on `server`. */
export function serveWebSockets(server, instance) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 });

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (request.url.split("?")[0] !== "/ws") {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client));
  });

  sockets.on("connection", (client) => {
    client.alive = true;
    client.on("pong", () => (client.alive = true));
    client.on("error", () => client.terminate());
    client.on("message", (data, binary) => client.send(data, { binary }));
    client.send(JSON.stringify({ hello: instance }));
  });

  const heartbeat = setInterval(() => {
    for (const client of sockets.clients) {
      if (!client.alive) client.terminate();
      client.alive = false;
      client.ping();
    }
  }, heartbeatMilliseconds);

  return {
    count: () => sockets.clients.size,
    close() {
      clearInterval(heartbeat);
      for (const client of sockets.clients) client.close(goingAway, "the server is stopping");
    },
    terminate() {
      for (const client of sockets.clients) client.terminate();
    },
  };
}
