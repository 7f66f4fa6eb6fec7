import { spawn } from "node:child_process";
import { request } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { Duplex } from "node:stream";
import { EngineError, messageOf } from "../../errors.js";
import type { Json } from "../../wire.js";

/** An answer of the Docker Engine other than success. */
export class DockerError extends EngineError {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Headers and body of a request. */
export interface RequestExtras {
  query?: Record<string, string>;
  body?: Json;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

// What an engine of Docker 20.10 speaks; newer ones that still take it answer in its form.
const preferredVersion = "1.41";

/** Gives the client when it is needed: a preview may know the host only later. */
export type LazyClient = () => DockerClient;

/** Speaks to a Docker Engine over its HTTP interface. */
export class DockerClient {
  readonly #host: string;
  readonly #sshOptions: string[];
  #version: Promise<string> | undefined;

  constructor(host: string, sshOptions: string[] = []) {
    this.#host = host;
    this.#sshOptions = sshOptions;
    if (!/^(unix|ssh):\/\//.test(host))
      throw new EngineError(
        `The embedded engine reaches Docker by unix:// or ssh://, not by "${host}"; use the Pulumi CLI for it.`,
      );
  }

  /** Sends a request and returns the JSON of its answer. Throws a DockerError when it is refused. */
  async call<T>(method: string, path: string, extras: RequestExtras = {}): Promise<T> {
    const answer = await this.stream(method, path, extras);
    const text = (await bytesOf(answer)).toString("utf8");
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  /** Sends a request and returns its answer, unread. Throws a DockerError when it is refused. */
  async stream(method: string, path: string, extras: RequestExtras = {}): Promise<IncomingMessage> {
    this.#version ??= this.#negotiate();
    const answer = await this.#send(method, `/v${await this.#version}${path}`, extras);
    const status = answer.statusCode ?? 0;
    if (status < 400) return answer;
    const text = (await bytesOf(answer)).toString("utf8");
    throw new DockerError(refusalOf(text), status);
  }

  async #negotiate(): Promise<string> {
    const answer = await this.#send("GET", "/version", {});
    const about = JSON.parse((await bytesOf(answer)).toString("utf8")) as {
      ApiVersion: string;
      MinAPIVersion?: string;
    };
    const order = (version: string): number => Number(version.split(".")[1] ?? "0");
    if (order(about.ApiVersion) < order(preferredVersion)) return about.ApiVersion;
    const least = about.MinAPIVersion ?? preferredVersion;
    return order(least) > order(preferredVersion) ? least : preferredVersion;
  }

  async #send(method: string, path: string, extras: RequestExtras): Promise<IncomingMessage> {
    const query = extras.query === undefined ? "" : `?${new URLSearchParams(extras.query)}`;
    const body = extras.body === undefined ? undefined : JSON.stringify(extras.body);
    const options: RequestOptions = {
      ...this.#connection(),
      method,
      path: path + query,
      headers: { host: "docker", "content-type": "application/json", ...extras.headers },
      ...(extras.signal === undefined ? {} : { signal: extras.signal }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(options, resolve);
      sent.once("error", (error) => {
        reject(new EngineError(this.#explain(error), { cause: error }));
      });
      sent.end(body);
    });
  }

  #connection(): RequestOptions {
    if (this.#host.startsWith("unix://"))
      return { socketPath: this.#host.slice("unix://".length), agent: false };
    return { createConnection: () => this.#dial() };
  }

  // The remote side needs no open port: its own docker command passes the socket on.
  #dial(): Duplex {
    const url = new URL(this.#host);
    const port = url.port === "" ? [] : ["-p", url.port];
    const user = url.username === "" ? "" : `${url.username}@`;
    const child = spawn(
      "ssh",
      [...this.#sshOptions, ...port, "--", user + url.hostname, "docker", "system", "dial-stdio"],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    const duplex = Duplex.from({ writable: child.stdin, readable: child.stdout });
    child.once("error", (error) => duplex.destroy(error));
    duplex.once("close", () => child.kill());
    return duplex;
  }

  #explain(error: Error): string {
    const { code } = error as NodeJS.ErrnoException;
    const where = this.#host.replace(/^unix:\/\//, "");
    if (code === "ENOENT" || code === "ECONNREFUSED")
      return `No Docker Engine answers at ${where}; start it, or set DOCKER_HOST.`;
    if (code === "EACCES")
      return `This user may not use the Docker Engine at ${where}; add the user to the group "docker".`;
    return `The Docker Engine at ${where} cannot be reached: ${messageOf(error)}`;
  }
}

/** All of an answer. */
export async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The text of a log answer, in which every piece has a header of eight bytes unless it is a tty's. */
export function demultiplex(bytes: Buffer): string {
  const pieces: Buffer[] = [];
  let offset = 0;
  while (offset + 8 <= bytes.length) {
    if (bytes.readUInt8(offset) > 2 || bytes.readUInt8(offset + 1) !== 0)
      return bytes.toString("utf8");
    const length = bytes.readUInt32BE(offset + 4);
    pieces.push(bytes.subarray(offset + 8, offset + 8 + length));
    offset += 8 + length;
  }
  return Buffer.concat(pieces).toString("utf8");
}

function refusalOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    return message ?? text;
  } catch {
    // Not JSON: a proxy's page, say. The text is all there is to tell.
    return text;
  }
}
