import { writeNote } from "#test/support/app";
import { takePorts } from "#test/support/claims";
import { cleanUp, docker, until } from "#test/support/docker";
import { superuser } from "#test/support/dumps";
import { buildImages } from "#test/support/images";
import { containerOf } from "#test/support/inspect";
import { OldPostgres, oldPassword } from "#test/support/old-server";
import { Stack } from "#test/support/stack";
import type { Bench } from "../bounded.js";
import type { Measured } from "./report.js";

const database = "e2e_local";

/** A stack that is up, and an old server with what its app has: one moves to the other. */
export class Moving {
  readonly #stack: Stack;
  readonly #old: OldPostgres;
  readonly #port: number;

  private constructor(stack: Stack, old: OldPostgres, port: number) {
    this.#stack = stack;
    this.#old = old;
    this.#port = port;
  }

  static async open(bench: Bench): Promise<Moving> {
    const ports = await takePorts("http", "admin");
    const stack = new Stack("test-adopt-bench", {
      postgres: { adminPort: ports.admin, memory: "1GiB" },
      proxy: { httpPort: ports.http },
    });
    await stack.sweep();
    bench.atEnd("the stack", () => stack.remove());
    await cleanUp("test-adb-");
    bench.atEnd("the old server", () => cleanUp("test-adb-"));
    const old = new OldPostgres("test-adb", await buildImages("postgres", "jobs"));
    await old.start(["wal_level=logical", "shared_buffers=256MB", "max_wal_size=4GB"]);
    await stack.up();
    stack.environment = { ADOPT_PASSWORD: oldPassword };
    return new Moving(stack, old, ports.http);
  }

  /** Gives the old database the app's tables, and one more with so many rows; returns its size in bytes. */
  async fill(rows: number): Promise<number> {
    const server = (await containerOf(this.#stack, "postgres")).Name.replace(/^\//, "");
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
  async adopt(): Promise<Omit<Measured, "bytes" | "back" | "writesThere">> {
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
    const server = (await containerOf(this.#stack, "postgres")).Name.replace(/^\//, "");
    const first = Number(await superuser(server, database, firstHere));
    return { rate, begin, finish, paused, gap: first - last, rows, differing };
  }

  /** The way back. */
  async back(): Promise<Pick<Measured, "back" | "writesThere">> {
    const began = Date.now();
    await this.#adopt("--back");
    const back = (Date.now() - began) / 1000;
    const problem = await this.#old.problem("INSERT INTO notes (body) VALUES ('after')");
    return { back, writesThere: problem === "" };
  }

  async #adopt(...flags: string[]): Promise<string> {
    const from = ["--from", this.#old.url, "--network", this.#old.network, "--yes"];
    const said = await this.#stack.must("adopt", ...from, ...flags);
    console.log(said);
    return said;
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
