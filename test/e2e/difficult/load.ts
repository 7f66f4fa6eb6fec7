// Clients of every kind, all the time, and what each of their requests came to.
import { Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";

/** A request that has come to its end. */
export interface Asked {
  readonly kind: string;
  /** Milliseconds of the process's clock. */
  readonly began: number;
  readonly ended: number;
  /** 0 where there was no answer. */
  readonly status: number;
  /** Why there was none; else how the body begins. */
  readonly said: string;
  readonly version: string | undefined;
  /** What the app made an error on purpose: `own` as one of its behaviours, `noise` as every version does. */
  readonly fault: string | undefined;
}

/** Where the proxy is asked. */
export interface Address {
  readonly port: number;
  readonly secure: boolean;
}

interface Question {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is kept for the next one. */
  readonly keeps?: boolean;
}

const kinds: Readonly<Record<string, Question & { readonly everyMs: number }>> = {
  page: { path: "/", keeps: true, everyMs: 80 },
  route: { path: "/api/notes", everyMs: 100 },
  post: { path: "/api/notes", method: "POST", keeps: true, everyMs: 100 },
  slow: { path: "/slow?ms=700", keeps: true, everyMs: 50 },
  odd: { path: "/", headers: { "x-odd": "1" }, keeps: true, everyMs: 900 },
  // Every version answers it with 503: a site has its share of errors. Too seldom to be judged as a part of its own.
  noise: { path: "/noise", keeps: true, everyMs: 700 },
};

/** Asks until it is stopped. Nothing is asked twice. */
export class Clients {
  readonly #address: Address;
  readonly #asked: Asked[] = [];
  readonly #loops: Promise<void>[];
  readonly #agents: (PlainAgent | TlsAgent)[] = [];
  #stopped = false;

  constructor(address: Address) {
    this.#address = address;
    this.#loops = Object.entries(kinds).map(([kind, question]) => this.#loop(kind, question));
  }

  /** Every request that ended since an instant of the process's clock. */
  since(milliseconds: number): Asked[] {
    return this.#asked.filter(({ ended }) => ended >= milliseconds);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    for (const agent of this.#agents) agent.destroy();
  }

  async #loop(
    kind: string,
    { everyMs, ...question }: Question & { readonly everyMs: number },
  ): Promise<void> {
    const { secure } = this.#address;
    const agent = question.keeps === true ? agentFor(secure) : undefined;
    if (agent !== undefined) this.#agents.push(agent);
    while (!this.#stopped) {
      const began = performance.now();
      const answer = await ask(this.#address, question, agent);
      this.#asked.push({ kind, began, ended: performance.now(), ...answer });
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}

/** Asks once. */
export function ask(
  { port, secure }: Address,
  { path, method = "GET", headers = {} }: Question,
  agent?: PlainAgent | TlsAgent,
): Promise<Omit<Asked, "kind" | "began" | "ended">> {
  return new Promise((resolve) => {
    const none = { status: 0, version: undefined, fault: undefined };
    const fail = (error: Error) => {
      resolve({ ...none, said: error.message });
    };
    const to = { host: "127.0.0.1", port, path, method, agent: agent ?? false };
    const host = { host: `localhost:${port}`, "content-length": "0" };
    const options = { ...to, headers: { ...host, ...headers }, maxHeaderSize: 65_536 };
    const sent = (secure ? tlsRequest : plainRequest)(
      { ...options, rejectUnauthorized: false },
      (response) => {
        let said = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => (said += text));
        response.on("error", fail);
        response.on("end", () => {
          const told = (name: string) => response.headers[name]?.toString();
          const [version, fault] = [told("x-app-version"), told("x-fault")];
          resolve({ status: response.statusCode ?? 0, said: said.slice(0, 60), version, fault });
        });
      },
    );
    sent.setTimeout(15_000, () => sent.destroy(new Error("no answer within 15 s")));
    sent.on("error", fail);
    sent.end();
  });
}

function agentFor(secure: boolean): PlainAgent | TlsAgent {
  const options = { keepAlive: true, maxSockets: 1 };
  return secure ? new TlsAgent(options) : new PlainAgent(options);
}
