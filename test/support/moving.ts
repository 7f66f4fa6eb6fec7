// A stack that is up, and an old server with what its app has: by `keelson adopt` the one gets what the other has.
import { writeNote } from "./app.js";
import { takePorts } from "./claims.js";
import { cleanUp, docker, until } from "./docker.js";
import { superuser } from "./dumps.js";
import { buildImages } from "./images.js";
import { containerOf } from "./inspect.js";
import { OldPostgres, oldPassword } from "./old-server.js";
import { Stack } from "./stack.js";

const database = "e2e_local";

/** Figures of an adoption, and of the way back. */
export interface Moved {
  /** Transactions a second that wrote there until the copy had caught up. */
  readonly rate: number;
  /** Seconds until the copy had caught up, with writes going on. */
  readonly begin: number;
  /** Seconds of `--finish` as a whole. */
  readonly finish: number;
  /** Seconds of paused writes, as the command says. */
  readonly paused: number;
  /** Seconds between the last commit there and the first one by the app here. */
  readonly gap: number;
  readonly rows: number;
  /** Rows that differ, as the command says. */
  readonly differing: number;
}

/** Both of them. */
export class Moving {
  readonly #prefix: string;
  readonly #stack: Stack;
  readonly #old: OldPostgres;
  readonly #port: number;

  private constructor(prefix: string, stack: Stack, old: OldPostgres, port: number) {
    this.#prefix = prefix;
    this.#stack = stack;
    this.#old = old;
    this.#port = port;
  }

  /** @param prefix first part of all names */
  static async open(prefix: `test-${string}`): Promise<Moving> {
    const ports = await takePorts("http", "admin");
    const stack = new Stack(`${prefix}-stack`, {
      postgres: { adminPort: ports.admin, memory: "1GiB" },
      proxy: { httpPort: ports.http },
    });
    await stack.sweep();
    await cleanUp(`${prefix}-`);
    const old = new OldPostgres(prefix, await buildImages("postgres", "jobs"));
    await old.start(["wal_level=logical", "shared_buffers=256MB", "max_wal_size=4GB"]);
    await stack.up();
    stack.environment = { ADOPT_PASSWORD: oldPassword };
    return new Moving(prefix, stack, old, ports.http);
  }

  /** Removes both of them. */
  async remove(): Promise<void> {
    await this.#stack.remove();
    await cleanUp(`${this.#prefix}-`);
  }

  /** Asks the old server, and the stack's: what each printed. */
  async both(sql: string): Promise<[there: string, here: string]> {
    return [await this.#old.sql(sql), await superuser(await this.#server(), database, sql)];
  }

  /** Why a write there fails; empty where it does not. */
  writeThereFails(): Promise<string> {
    return this.#old.problem("INSERT INTO notes (body) VALUES ('after')");
  }

  /** Gives the old database the app's tables, and one more with so many rows; returns its size in bytes. */
  async fill(rows: number): Promise<number> {
    const server = await this.#server();
    const dump = `PGPASSWORD=$(cat /run/secrets/POSTGRES_PASSWORD) exec pg_dump --no-owner --no-privileges --exclude-schema=keelson -h 127.0.0.1 -U postgres "$0"`;
    const tables = await docker(["exec", server, "sh", "-c", dump, database]);
    await this.#old.sql(tables.replace(/^CREATE SCHEMA public;$/m, ""));
    await this.#old.sql(
      `CREATE TABLE orders (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), customer int, about jsonb, body text);
       CREATE INDEX ON orders (customer);
       INSERT INTO orders (customer, about, body) SELECT n % 50000, jsonb_build_object('n', n, 'state', 'open'), md5(n::text) || repeat(md5((n * 7)::text), 5)
         FROM generate_series(1, ${String(rows)}) n;
       VACUUM ANALYZE orders;`,
    );
    return Number(await this.#old.sql("SELECT pg_database_size(current_database())"));
  }

  /** Writes to the old database until it is refused. */
  async writeThere(): Promise<void> {
    await this.#old.write(load, 4);
    await until("writes there", async () => Number(await this.#old.sql(written)) > 100);
  }

  /** Takes it over while it is written to. @throws Error where a command fails */
  async adopt(): Promise<Moved> {
    const began = Date.now();
    const before = Number(await this.#old.sql(written));
    await this.#adopt("--begin", "--replace");
    const begin = (Date.now() - began) / 1000;
    const rate = (Number(await this.#old.sql(written)) - before) / begin;
    const probing = this.#probe();
    const finishBegan = Date.now();
    const said = await this.#adopt("--finish", "--replace").finally(probing.stop);
    const finish = (Date.now() - finishBegan) / 1000;
    await probing.ended;
    const found = /(\d+) rows; (\d+) rows differ\. Writes were paused for ([\d.]+) s/.exec(said);
    const [rows, differing, paused] = (found ?? []).slice(1).map(Number);
    if (rows === undefined || differing === undefined || paused === undefined) {
      throw new Error(`the command did not say what it did:\n${said}`);
    }
    const last = Number(await this.#old.sql(lastThere));
    const server = await this.#server();
    const first = Number(await superuser(server, database, firstHere));
    return { rate, begin, finish, paused, gap: first - last, rows, differing };
  }

  /** The way back; the seconds that it took. */
  async back(): Promise<number> {
    const began = Date.now();
    await this.#adopt("--back");
    return (Date.now() - began) / 1000;
  }

  /** `keelson adopt`. @throws Error where it fails */
  async check(...flags: string[]): Promise<string> {
    return this.#adopt(...flags);
  }

  async #server(): Promise<string> {
    return (await containerOf(this.#stack, "postgres")).Name.replace(/^\//, "");
  }

  async #adopt(...flags: string[]): Promise<string> {
    const from = ["--from", this.#old.url, "--network", this.#old.network, "--yes"];
    return this.#stack.must("adopt", ...from, ...flags);
  }

  /** Writes by the app here, again and again: what is in the database that is live at the end was written after the switch. */
  #probe(): { readonly stop: () => void; readonly ended: Promise<void> } {
    let stopped = false;
    const run = async () => {
      while (!stopped) {
        await writeNote(this.#port, "probe").catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await writeNote(this.#port, "probe");
    };
    const stop = () => {
      stopped = true;
    };
    return { stop, ended: run() };
  }
}

const load = `
\\set c random(1, 50000)
BEGIN;
INSERT INTO orders (customer, about, body) VALUES (:c, '{"state": "new"}', repeat('x', 150));
UPDATE orders SET about = '{"state": "paid"}', at = now() WHERE id = :c;
INSERT INTO notes (body) VALUES ('load');
COMMIT;
\\sleep 20 ms
`;
const written = "SELECT last_value FROM orders_id_seq";
const lastThere = "SELECT extract(epoch FROM max(created_at)) FROM notes WHERE body = 'load'";
const firstHere = "SELECT extract(epoch FROM min(created_at)) FROM notes WHERE body = 'probe'";
