// A receiver of log lines on this machine, over HTTP or over syslog with TLS, that can be away.
import { createServer as createHttp } from "node:http";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTls } from "node:tls";
import type { Issued } from "./certificates.js";

/** A receiver and what it got. */
export interface LogReceiver {
  readonly port: number;
  /** Lines as they came. */
  readonly lines: string[];
  /** Headers of the last request; empty over syslog. */
  readonly headers: () => Readonly<Record<string, unknown>>;
  /** Requests that it has answered with another status than 200. */
  readonly refused: () => number;
  /** It answers nobody any more, and connections are closed. */
  readonly leave: () => Promise<void>;
  /** It is there again, at its port. @param status of each answer */
  readonly comeBack: (status?: number) => Promise<void>;
}

/** Starts one that takes arrays of lines by POST. */
export async function startHttpReceiver(): Promise<LogReceiver> {
  const lines: string[] = [];
  let status = 200;
  let refused = 0;
  let headers: Readonly<Record<string, unknown>> = {};
  const server = createHttp((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => (text += part));
    request.on("end", () => {
      headers = request.headers;
      if (status !== 200) refused += 1;
      else {
        for (const each of JSON.parse(text) as object[]) lines.push(JSON.stringify(each));
      }
      response.writeHead(status).end();
    });
  });
  const at = await standing(server, (given) => (status = given));
  return { lines, headers: () => headers, refused: () => refused, ...at };
}

/** Starts one that takes lines of syslog over TLS. */
export async function startSyslogReceiver(issued: Issued): Promise<LogReceiver> {
  const lines: string[] = [];
  const server = createTls({ cert: issued.certificate, key: issued.key }, (socket) => {
    let rest = "";
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      const all = (rest + part).split("\n");
      rest = all.pop() ?? "";
      lines.push(...all);
    });
    // One whose connection is closed says so.
    socket.on("error", () => undefined);
  });
  return { lines, headers: () => ({}), refused: () => 0, ...(await standing(server)) };
}

async function standing(server: Server, setStatus: (status: number) => void = () => undefined) {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "0.0.0.0", () => {
        server.off("error", reject);
        resolve();
      });
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    leave: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
    comeBack: (status = 200) => {
      setStatus(status);
      return server.listening ? Promise.resolve() : listen(port);
    },
  };
}
