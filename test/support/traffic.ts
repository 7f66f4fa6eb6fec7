// Everything that clients do at once, for tests of releases: bounded conversations, none of which may be cut.
import { Agent, request, type IncomingMessage } from "node:http";
import { connect } from "node:net";

/** What a traffic came to. */
export interface Traffic {
  /** Conversations that came to their end, by kind. */
  readonly done: Readonly<Record<string, number>>;
  /** A line for each that did not. */
  readonly failed: readonly string[];
  /** Answers that the app itself made an error, on purpose. */
  readonly onPurpose: number;
  /** Versions that answered. */
  readonly versions: readonly string[];
  /** Instances that answered, by their host names. */
  readonly instances: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
}

/** Converses without a pause until it is stopped. Nothing is asked twice. */
export function traffic(ports: { readonly http: number; readonly tcp: number }) {
  const stopping = new AbortController();
  const done: Record<string, number> = {};
  const failed: string[] = [];
  const versions = new Set<string>();
  const instances = new Set<string>();
  let onPurpose = 0;
  const again = async (kind: string, converse: () => Promise<void>) => {
    while (!stopping.signal.aborted) {
      try {
        await converse();
        done[kind] = (done[kind] ?? 0) + 1;
      } catch (error) {
        failed.push(`${kind}: ${String(error)}`);
      }
    }
  };
  const asking = (agent: Agent | false, path: () => string) => async () => {
    const { status, headers } = await ask(ports.http, path(), agent);
    versions.add(String(headers["x-app-version"]));
    instances.add(String(headers["x-app-instance"]));
    if (headers["x-fault"] !== undefined) onPurpose += 1;
    else if (status !== 200) throw new Error(`${path()} ${status}`);
  };
  const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const [first, second, ...slow] = agents as [Agent, Agent, ...Agent[]];
  const conversations = [
    again("keep-alive", paced(asking(first, () => "/api/notes"))),
    again("keep-alive", paced(asking(second, () => "/version"))),
    again("fresh", paced(asking(false, () => "/ready"))),
    ...slow.map((agent) =>
      again(
        "slow",
        asking(agent, () => `/slow?ms=${500 + Math.floor(Math.random() * 1500)}`),
      ),
    ),
    again("websocket", () => webSocket(ports.http, 10)),
    again("tcp", () => rawTcp(ports.tcp, 10)),
  ];
  return {
    stop: async (): Promise<Traffic> => {
      stopping.abort();
      await Promise.all(conversations);
      for (const agent of agents) agent.destroy();
      const seen = { versions: [...versions].sort(), instances: [...instances].sort() };
      return { done, failed, onPurpose, ...seen };
    },
  };
}

/** The machine is small: a client that never pauses would be all that it does. */
function paced(converse: () => Promise<void>) {
  return async () => {
    await converse();
    await pause(25);
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function ask(port: number, path: string, agent: Agent | false): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { host: `localhost:${port}` };
    const sent = request({ host: "127.0.0.1", port, path, agent, headers }, (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      });
    });
    sent.setTimeout(15_000, () => sent.destroy(new Error(`${path} took longer than 15 s`)));
    sent.on("error", reject);
    sent.end();
  });
}

/** One WebSocket that has so many messages echoed, a tenth of a second apart. */
export function webSocket(port: number, messages: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://localhost:${port}/ws`);
    // The first message is the app's greeting.
    let came = -1;
    socket.addEventListener("message", () => {
      came += 1;
      if (came === messages) {
        resolve();
        socket.close();
      } else {
        void pause(100).then(() => {
          socket.send(String(came));
        });
      }
    });
    socket.addEventListener("close", () => {
      reject(new Error(`cut after ${came} of ${messages} messages`));
    });
  });
}

/** One connection that has so many lines echoed, a tenth of a second apart. */
export function rawTcp(port: number, lines: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write("0\n"));
    let came = 0;
    socket.on("error", reject);
    socket.on("close", () => {
      reject(new Error(`cut after ${came} of ${lines} lines`));
    });
    socket.on("data", () => {
      came += 1;
      if (came === lines) {
        resolve();
        socket.end();
      } else {
        void pause(100).then(() => socket.write(`${came}\n`));
      }
    });
  });
}
