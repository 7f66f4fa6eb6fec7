import { spawn, type ChildProcessByStdio } from "node:child_process";
import { Agent, request } from "node:http";
import { Duplex, type Readable, type Writable } from "node:stream";
import type { Docker } from "#lib/docker";
import { Failure } from "../io/failure.js";

const timeoutMs = 10_000;
/** Connections at once, each by a process of its own: an SSH server refuses more than ten. */
const most = 4;

/**
 * Docker's API by processes of its client, which knows the way to the engine: questions in a row cost one start, on a
 * host that is far away, too.
 */
export class DockerApi {
  readonly #connections = new Set<Connection>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: most });

  public constructor(docker: Docker) {
    const createConnection = () => {
      const connection = new Connection(docker);
      this.#connections.add(connection);
      return connection;
    };
    Object.assign(this.#agent, { createConnection });
  }

  /** The answer to a GET, as JSON. @throws Failure where Docker does not give it */
  public get(path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        reject(new Failure(`Docker does not answer ${path}: ${why}`));
      };
      const signal = AbortSignal.timeout(timeoutMs);
      const sent = request({ host: "docker", path, agent: this.#agent, signal });
      sent.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else fail(text.trim());
        });
      });
      sent.on("error", ({ message }) => {
        fail(message);
      });
      sent.end();
    });
  }

  public close(): void {
    this.#agent.destroy();
    for (const each of this.#connections) each.destroy();
  }
}

/** Standard input and output of Docker's client, as the connection that they are to the engine. */
class Connection extends Duplex {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  public constructor(docker: Docker) {
    super();
    const env = docker.environment ?? process.env;
    const child = spawn("docker", ["system", "dial-stdio"], {
      env,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child = child;
    child.on("error", (error) => this.destroy(error));
    // It has ended when its output has.
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stdout.on("end", () => this.push(null));
    // The caller sees it by the missing answer.
    this.on("error", () => undefined);
  }

  public override _read(): void {
    this.#child.stdout.resume();
  }

  public override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#child.stdin.write(chunk, () => {
      done();
    });
  }

  public override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { stdin, stdout } = this.#child;
    stdin.destroy();
    stdout.destroy();
    // At another signal Docker's client waits for the end of its input.
    this.#child.kill("SIGKILL");
    done(error);
  }

  // What Node's client sets on a socket, and a pipe does not have.
  public setKeepAlive(): this {
    return this;
  }

  public setNoDelay(): this {
    return this;
  }

  public setTimeout(): this {
    return this;
  }

  public ref(): this {
    return this;
  }

  public unref(): this {
    return this;
  }
}
