import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { docker } from "#test/support/docker";
import { ports, type Arena } from "./arena.js";
import type { Ledger } from "./ledger.js";
import type { Kills } from "./plan.js";

/** Clients that write row after row, each a transaction of its own, until the server goes. */
export class Writers {
  readonly #clients: readonly pg.Client[];
  readonly #ended: Promise<unknown>;
  #mayFail = false;

  private constructor(clients: readonly pg.Client[], ledger: Ledger, seconds: number) {
    this.#clients = clients;
    const all = clients.map((client) => this.#write(client, ledger, seconds));
    this.#ended = Promise.all(all);
    // Whoever ends them hears of it.
    this.#ended.catch(() => undefined);
  }

  static async start(arena: Arena, ledger: Ledger, load: Kills): Promise<Writers> {
    const password = await passwordOf(arena);
    const clients = Array.from({ length: load.writers }, () => connection(arena, password));
    arena.bench.atEnd("the writers", () => Promise.all(clients.map((client) => client.end())));
    await Promise.all(clients.map((client) => client.connect()));
    return new Writers(clients, ledger, load.pause);
  }

  /** They may fail from now on, as the server does. @throws Error where one failed before, or never hears of it */
  async endWith(kill: () => Promise<void>): Promise<void> {
    this.#mayFail = true;
    await kill();
    await this.#ended;
    await Promise.all(this.#clients.map((client) => client.end().catch(() => undefined)));
  }

  async #write(client: pg.Client, ledger: Ledger, seconds: number): Promise<void> {
    const broken = new Promise<never>((_, reject) => client.on("error", reject));
    broken.catch(() => undefined);
    try {
      for (;;) {
        const number = ledger.next();
        const values = [number, randomBytes(900).toString("hex")];
        await Promise.race([client.query({ name: "write", text: insert, values }), broken]);
        ledger.acknowledge(number);
        if (seconds > 0) await pause(seconds * 1000);
      }
    } catch (error) {
      if (!this.#mayFail) throw error;
    }
  }
}

const insert = "INSERT INTO bench_writes (id, payload) VALUES ($1, $2)";

/** Waits until the server takes a write again. Returns the moment in milliseconds since the epoch. */
export async function writable(arena: Arena, ledger: Ledger): Promise<number> {
  const password = await passwordOf(arena);
  const number = ledger.next();
  await arena.until("a write after the kill", async () => {
    const client = connection(arena, password);
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query(insert, [number, "back"]);
      ledger.acknowledge(number);
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  });
  return Date.now();
}

/** Through the port that the host has, as clients are outside of the container that is killed. */
function connection({ database }: Arena, password: string): pg.Client {
  return new pg.Client({
    host: "127.0.0.1",
    port: ports.admin,
    user: "postgres",
    password,
    database,
    connectionTimeoutMillis: 5000,
    query_timeout: 20_000,
  });
}

/** Needed where nothing of the server runs. */
function passwordOf(arena: Arena): Promise<string> {
  return docker(["exec", arena.name("tools"), "cat", "/run/secrets/POSTGRES_PASSWORD"]);
}
