import { cpus } from "node:os";
import type { Inventory } from "#cli/documents/backups";
import { cleanUp, docker, hardened, run, until } from "#test/support/docker";
import { buildImages, volume } from "#test/support/images";
import { Stack } from "#test/support/stack";
import { mustRun, type Bench, type Ran } from "../bounded.js";
import { inspected, volumeAt, type Server } from "./server.js";

const prefix = "test-bench-bare";
const tools = `${prefix}-tools`;
export const ports = { http: 19_370, admin: 19_371 } as const;
/** Limits of every container that backs up or restores, with or without Keelson. */
export const limits = { cpus: cpus().length, memory: "512MiB" } as const;

/** A stack with a database, and alongside it a container with PostgreSQL's and pgBackRest's own tools. */
export class Arena {
  readonly bench: Bench;
  readonly stack: Stack;
  readonly database = "bench-bak_local";
  /** The stack's server, as it was started. */
  readonly server: Server;
  readonly #backup: string;

  private constructor(bench: Bench, stack: Stack, server: Server, backup: string) {
    this.bench = bench;
    this.stack = stack;
    this.server = server;
    this.#backup = backup;
  }

  /** Brings up everything; the database is empty then. */
  static async open(bench: Bench): Promise<Arena> {
    const tags = await buildImages("sample-app", "jobs", "backup");
    const stack = new Stack("test-bench-backup", settings(tags["sample-app"] ?? ""));
    bench.atEnd("the stack test-bench-backup", () => stack.remove());
    await cleanUp(prefix);
    bench.atEnd(`what is named ${prefix}`, () => cleanUp(prefix));
    await stack.sweep();
    console.log("Bringing up the stack test-bench-backup …");
    await mustRun(bench, [process.execPath, ...stack.args("up")], { env: stack.env });
    const server = await inspected(stack, "postgres");
    const arena = new Arena(bench, stack, server, (await inspected(stack, "backup")).Id);
    await volume(tags, `${prefix}-scratch`, 999);
    await arena.#startTools(tags["backup"] ?? "");
    return arena;
  }

  /** Name of a container of the benchmark's own. */
  name(which: string): string {
    return `${prefix}-${which}`;
  }

  /** A command of Keelson's. @throws Error with its output when it fails */
  keelson(command: string, ...more: string[]): Promise<Ran> {
    const args = [process.execPath, ...this.stack.args(command, ...more)] as const;
    return mustRun(this.bench, args, { env: this.stack.env });
  }

  /** A shell text where PostgreSQL's and pgBackRest's own tools are. @throws Error with its output when it fails */
  bare(script: string): Promise<Ran> {
    const text = `set -euo pipefail; PGPASSWORD=$(</run/secrets/POSTGRES_PASSWORD); export PGPASSWORD; ${script}`;
    return mustRun(this.bench, ["docker", "exec", tools, "bash", "-c", text]);
  }

  /** Runs a command of the backup container's schedules. @throws Error with its output when it fails */
  scheduled(...args: string[]): Promise<Ran> {
    return mustRun(this.bench, ["docker", "exec", this.#backup, ...args]);
  }

  /** Runs SQL as superuser; rows come without decoration. @throws Error with the first error */
  sql(text: string, database = this.database): Promise<string> {
    this.bench.signal.throwIfAborted();
    const script = `PGPASSWORD=$(</run/secrets/POSTGRES_PASSWORD) exec psql --no-psqlrc -qAt -v ON_ERROR_STOP=1 -d "$0"`;
    return docker(["exec", "--interactive", tools, "bash", "-c", script, database], text);
  }

  async inventory(): Promise<Inventory> {
    this.bench.signal.throwIfAborted();
    const text = await docker(["exec", this.#backup, "/usr/local/bin/inventory"]);
    return JSON.parse(text) as Inventory;
  }

  /** Closes the present WAL segment, and waits until it is in the archive. */
  async archived(): Promise<void> {
    const segment = await this.sql("SELECT pg_walfile_name(pg_switch_wal())");
    await this.until(`${segment} in the archive`, async () => {
      const last = await this.sql("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver");
      return last.slice(0, 24) >= segment;
    });
  }

  /** Waits for something, no longer than Ctrl-C. */
  until(what: string, condition: () => Promise<boolean>, seconds = 300): Promise<boolean> {
    const heeding = () => {
      this.bench.signal.throwIfAborted();
      return condition();
    };
    return until(what, heeding, seconds, 200);
  }

  #startTools(image: string): Promise<unknown> {
    const volumes = [
      `${volumeAt(this.server, "/var/run/postgresql")}:/var/run/postgresql`,
      `${volumeAt(this.server, "/run/secrets")}:/run/secrets:ro`,
      // The data is not there: what is restored comes from the repository alone.
      `${volumeAt(this.server, "/repository")}:/repository:ro`,
      `${prefix}-scratch:/scratch`,
    ];
    const env = this.server.Config.Env.filter((each) => each.startsWith("PGBACKREST_"));
    return run("docker", [
      "run",
      "--detach",
      "--name",
      tools,
      ...hardened,
      "--user",
      "999:999",
      "--network",
      "none",
      "--cpus",
      String(limits.cpus),
      "--memory",
      "512m",
      "--no-healthcheck",
      ...volumes.flatMap((each) => ["--volume", each]),
      ...[...env, "PGHOST=/var/run/postgresql", "PGUSER=postgres"].flatMap((each) => [
        "--env",
        each,
      ]),
      image,
      "sleep",
      "infinity",
    ]);
  }
}

/** The server as in `Pulumi.prod.yaml`; nothing runs by a schedule meanwhile. */
function settings(image: string) {
  const never = "0 0 1 1 *";
  return {
    // Instead of the project's, which build the app.
    defaults: {},
    app: {
      name: "bench-bak",
      image,
      port: 3000,
      secrets: [],
      health: {
        path: "/health",
        readyPath: "/ready",
        command: ["./healthcheck"],
        // It is not what is measured.
        timeout: "20s",
        retries: 5,
        startTimeout: "180s",
      },
      migrate: { command: ["node", "migrate.js"], backwardCompatible: true },
    },
    postgres: { adminPort: ports.admin, memory: "2GiB", cpus: limits.cpus },
    proxy: { httpPort: ports.http },
    backup: {
      schedule: never,
      full: never,
      differential: never,
      ...limits,
      drill: { latest: never, random: never, ...limits },
    },
  };
}
