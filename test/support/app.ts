// The sample app as its users see it: through the proxy.
import { request, type Agent } from "node:http";
import { connect } from "node:net";

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Asking {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent | false;
}

/** Asks the proxy of a stack; `Host` is `localhost` unless the headers say otherwise. */
export function ask(port: number, path: string, asking: Asking = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = "GET", agent = false, body } = asking;
    const headers = { host: `localhost:${port}`, ...asking.headers };
    const to = { host: "127.0.0.1", port, path, method, agent, headers, timeout: 15_000 };
    const sent = request(to, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, body: text });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`${path} took longer than 15 s`)));
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The status of each path. */
export async function statusOf(port: number, ...paths: string[]): Promise<Record<string, number>> {
  const answers = paths.map(async (path) => [path, (await ask(port, path)).status] as const);
  return Object.fromEntries(await Promise.all(answers));
}

/** Writes a row by the app. Returns its id. */
export async function writeNote(port: number, text: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ body: text });
  const answer = await ask(port, "/api/notes", { method: "POST", body, headers });
  if (answer.status !== 201) throw new Error(`not written: ${answer.status} ${answer.body}`);
  return (JSON.parse(answer.body) as { id: number }).id;
}

/** Reads a row by the app. */
export async function readNote(port: number, id: number): Promise<string> {
  const { status, body } = await ask(port, `/api/notes/${id}`);
  return status === 200 ? (JSON.parse(body) as { body: string }).body : `${status} ${body}`;
}

/** Sends a text over raw TCP and reads the first line that comes back. */
export function firstLine(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(text));
    let got = "";
    socket.setTimeout(15_000, () => socket.destroy(new Error(`only "${got}" came back in 15 s`)));
    socket.on("error", reject);
    socket.on("close", () => {
      reject(new Error(`the connection ended after "${got}"`));
    });
    socket.on("data", (chunk) => {
      got += chunk.toString();
      if (!got.includes("\n")) return;
      resolve(got.split(/\r?\n/)[0] ?? "");
      socket.end();
    });
  });
}

/** Sends a text over a WebSocket and reads what comes back for it. */
export function webSocketEcho(port: number, text: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://localhost:${port}/ws`);
    const timer = setTimeout(() => {
      reject(new Error("no echo within 15 s"));
      socket.close();
    }, 15_000);
    socket.addEventListener("open", () => {
      socket.send(text);
    });
    socket.addEventListener("error", () => {
      reject(new Error("the WebSocket failed"));
    });
    socket.addEventListener("message", ({ data }) => {
      // The first message is the app's greeting.
      if (typeof data === "string" && data.startsWith('{"hello"')) return;
      clearTimeout(timer);
      resolve(data);
      socket.close();
    });
  });
}
