import { docker, hardened, tryDocker, untilHealthy } from "#test/support/docker";
import { mustRun } from "../bounded.js";
import { limits, type Arena } from "./arena.js";
import type { Plan } from "./plan.js";

/** Figures of pgbench in one round. */
export interface Throughput {
  /** Transactions a second. */
  readonly rate: number;
  /** Bytes of WAL a second. */
  readonly wal: number;
  /** WAL segments that waited for the archive at the end. */
  readonly waiting: number;
}

/** Rounds with archiving as in a stack, and without any. */
export interface Archiving {
  readonly on: readonly Throughput[];
  readonly off: readonly Throughput[];
}

/**
 * The stack's server is stopped for good: two others on its volumes, with its settings, take turns, one of which
 * archives nothing. That leaves a hole in the archive, so nothing is restored after this.
 */
export async function archivingInTurn(arena: Arena, plan: Plan): Promise<Archiving> {
  await docker(["stop", arena.server.Id]);
  const found: Record<"on" | "off", Throughput[]> = { on: [], off: [] };
  for (let round = 1; round <= plan.rounds.archiving; round += 1) {
    const modes = ["on", "off"] as const;
    for (const mode of round % 2 === 1 ? modes : [...modes].reverse()) {
      const one = await withServer(arena, mode, () => measure(arena, mode, plan.pgbench));
      console.log(
        `pgbench with archiving ${mode}, round ${round}: ${Math.round(one.rate)} a second`,
      );
      found[mode].push(one);
    }
  }
  return found;
}

async function withServer<T>(arena: Arena, mode: string, act: () => Promise<T>): Promise<T> {
  const { Id, Image, Config, HostConfig } = arena.server;
  const name = arena.name("server");
  await mustRun(arena.bench, [
    ...(["docker", "run", "--detach", "--name", name, "--volumes-from", Id, ...hardened] as const),
    "--user",
    "999:999",
    "--network",
    "none",
    "--cpus",
    String(limits.cpus),
    "--memory",
    String(HostConfig.Memory),
    "--shm-size",
    String(HostConfig.ShmSize),
    "--health-interval",
    "1s",
    ...Config.Env.flatMap((each) => ["--env", each]),
    Image,
    ...Config.Cmd,
    "-c",
    `archive_mode=${mode}`,
  ]);
  try {
    await untilHealthy(name);
    return await act();
  } finally {
    await tryDocker(["stop", "--time", "60", name]);
    await tryDocker(["rm", "--force", name]);
  }
}

/** @throws Error where a transaction or the archiving failed */
async function measure(
  arena: Arena,
  mode: "on" | "off",
  { warm, round }: Plan["pgbench"],
): Promise<Throughput> {
  const pgbench = (flags: string, seconds: number) =>
    arena.bare(
      `pgbench --no-vacuum --client=8 --jobs=2 --protocol=prepared --time=${seconds} ${flags} '${arena.database}'`,
    );
  await pgbench("--select-only", warm);
  // Pages are written to WAL as a whole the first time after it: in each round alike.
  await arena.sql("CHECKPOINT");
  const before = await counted(arena);
  const { text } = await pgbench("", round);
  const after = await counted(arena);
  const rate = rateIn(text);
  if (mode === "on") await arena.archived();
  const { failed } = await counted(arena);
  if (failed > before.failed) throw new Error("WAL was not archived while pgbench ran");
  return { rate, wal: (after.wal - before.wal) / round, waiting: after.waiting };
}

async function counted(arena: Arena) {
  const text = await arena.sql(`
    SELECT failed_count, pg_current_wal_lsn() - '0/0'::pg_lsn,
      (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') FROM pg_stat_archiver`);
  const [failed = NaN, wal = NaN, waiting = NaN] = text.split("|").map(Number);
  return { failed, wal, waiting };
}

/** Transactions a second that pgbench reports. @throws Error where one failed, or the text is not pgbench's */
export function rateIn(text: string): number {
  const [, failed] = /^number of failed transactions: (\d+) /m.exec(text) ?? [];
  const [, rate] = /^tps = ([\d.]+) \(without initial connection time\)$/m.exec(text) ?? [];
  if (failed === undefined || rate === undefined) {
    throw new Error(`this is not what pgbench prints:\n${text}`);
  }
  if (failed !== "0") throw new Error(`${failed} transactions of pgbench failed`);
  return Number(rate);
}
