// Work for the services of a stack, and an account of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { docker, root, until } from "../docker.js";
import type { Stack } from "../stack.js";

/** The command of a process whose script is next to this file. */
export function script(
  name: "caller" | "migrate" | "queue-worker" | "scheduler" | "site" | "table-worker",
): string[] {
  const text = readFileSync(join(root, "test", "support", "services", `${name}.mjs`), "utf8");
  return ["node", "--input-type=module", "--eval", text];
}

/** What has become of the work since it began. */
export interface Account {
  readonly queued: number;
  /** Tasks of the queue that nobody has done, and nobody has any more. */
  readonly lost: readonly string[];
  /** Tasks, of the queue and of the table, that were begun more than once. */
  readonly doubled: readonly string[];
  /** Tasks of the table that wait. */
  readonly waiting: number;
}

/** Makes work for the workers of a stack: a task each 100 ms, in its queue and in its table. */
export class Work {
  readonly #stack: Stack;
  #begun = 0;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  /** Begins to make so many more tasks of each kind; they come while the caller does something else. */
  async begin(count: number): Promise<void> {
    const first = this.#begun + 1;
    this.#begun += count;
    await this.sql(
      `DO $$ BEGIN FOR i IN 1..${String(count)} LOOP INSERT INTO tasks DEFAULT VALUES; COMMIT; PERFORM pg_sleep(0.1); END LOOP; END $$`,
      true,
    );
    const pushes = `for i in $(seq ${String(first)} ${String(this.#begun)}); do echo "LPUSH tasks $i"; sleep 0.1; done | valkey-cli --user app --pass "$(cat /run/secrets/PASSWORD)" --no-auth-warning`;
    await docker(["exec", "--detach", await this.#container("redis"), "bash", "-c", pushes]);
  }

  /** What a statement says in the stack's database, rows as lines. */
  async sql(statement: string, detached = false): Promise<string> {
    const more = detached ? ["--detach"] : [];
    const password = "PGPASSWORD=$(cat /run/secrets/POSTGRES_PASSWORD)";
    const psql = `${password} exec psql --username postgres --no-align --tuples-only --dbname e2e_local --command "$0"`;
    const container = await this.#container("postgres");
    return docker(["exec", ...more, container, "bash", "-c", psql, statement]);
  }

  async account(): Promise<Account> {
    const done = await this.#redis("LRANGE done 0 -1");
    const left = await this.#redis("LRANGE tasks 0 -1");
    const known = new Set([...done, ...left]);
    const all = Array.from({ length: this.#begun }, (_, index) => String(index + 1));
    const twice = await this.sql("SELECT task FROM work GROUP BY task HAVING count(*) > 1");
    return {
      queued: left.length,
      lost: all.filter((task) => !known.has(task)),
      doubled: [...done.filter((task, index) => done.indexOf(task) !== index), ...lines(twice)],
      waiting: Number(await this.sql("SELECT count(*) FROM tasks")),
    };
  }

  /** Pairs of instances of the scheduler that have run at the same time. */
  async overlaps(): Promise<string[]> {
    return lines(
      await this.sql(
        "WITH spans AS (SELECT instance, min(at) AS began, max(at) AS ended FROM ticks GROUP BY instance) " +
          "SELECT a.instance, b.instance FROM spans a JOIN spans b ON a.instance < b.instance AND a.began <= b.ended AND b.began <= a.ended",
      ),
    );
  }

  /** Seconds since the scheduler last ran. */
  async silence(): Promise<number> {
    return Number(
      await this.sql("SELECT extract(epoch FROM clock_timestamp() - max(at)) FROM ticks"),
    );
  }

  async #redis(command: string): Promise<string[]> {
    const text = `valkey-cli --user app --pass "$(cat /run/secrets/PASSWORD)" --no-auth-warning ${command}`;
    return lines(await docker(["exec", await this.#container("redis"), "bash", "-c", text]));
  }

  async #container(workload: string): Promise<string> {
    const filter = ["--filter", `label=dev.keelson.workload=${workload}`, ...this.#stack.filter];
    const id = await docker(["ps", "--quiet", ...filter]);
    if (!/^[0-9a-f]+$/.test(id)) throw new Error(`not one container of ${workload} runs: ${id}`);
    return id;
  }
}

/** Ids of the containers of each service of a stack that run, and of the app's, sorted. */
export async function runningServices(stack: Stack): Promise<Record<string, string[]>> {
  const format = '{{.Label "dev.keelson.workload"}} {{.Label "dev.keelson.service"}} {{.ID}}';
  const text = await docker(["ps", "--no-trunc", "--format", format, ...stack.filter]);
  const found: Record<string, string[]> = {};
  for (const line of text.split("\n")) {
    const [workload = "", service = "", id = ""] = line.split(" ");
    const name = workload === "service" ? service : workload;
    if (["service", "app"].includes(workload)) (found[name] ??= []).push(id);
  }
  const entries = Object.entries(found).map(([name, ids]) => [name, ids.sort()] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Waits until no work is left; none of it was lost or done twice, and the scheduler runs, and never ran twice. */
export async function expectAllDone(work: Work): Promise<void> {
  const isDone = async () => {
    const { queued, waiting } = await work.account();
    return queued === 0 && waiting === 0;
  };
  await until("all work is done", isDone, 120, 1000);
  // The last ones that were taken are being worked on.
  const isNoneInHand = async () => (await work.account()).lost.length === 0;
  await until("no task is in hand", isNoneInHand, 20, 500);
  expect(await work.account()).toEqual({ queued: 0, lost: [], doubled: [], waiting: 0 });
  expect(await work.overlaps()).toEqual([]);
  expect(await work.silence()).toBeLessThan(2);
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
