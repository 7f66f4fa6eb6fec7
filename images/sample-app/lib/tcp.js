// A raw TCP port that answers every line with itself.
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** Listens on `port`; resolves when it does. */
export async function serveTcp(port) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const lines = createInterface({ input: socket });
    lines.on("error", () => socket.destroy());
    lines.on("line", (line) => socket.write(`${line}\n`));
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, resolve);
  });
  return {
    close() {
      server.close();
      for (const socket of sockets) socket.end();
    },
    terminate() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
