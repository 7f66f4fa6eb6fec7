import type { Proof } from "#cli/documents/backups";
import type { Arena } from "./arena.js";
import { ports } from "./arena.js";
import { secondsOf } from "./backups.js";
import type { Plan } from "./plan.js";
import { answering, ended, restoreBare } from "./scratch.js";

/** Seconds that restores to the same point in time took, a round each. */
export interface Restores {
  /** `pgbackrest restore` alone. */
  readonly bare: readonly number[];
  /** The same and the server's recovery, until it answers. */
  readonly bareAnswers: readonly number[];
  /** A drill, until its server answers; of the first round alone, for all that it checks takes minutes. */
  readonly drill: readonly number[];
  /** `keelson restore --at`, the whole command. */
  readonly command: readonly number[];
  /** Of that, how long the app was away. */
  readonly away: readonly number[];
  /** Bytes of WAL that were written before the moment, after the last backup. */
  readonly wal: readonly number[];
}

type Round = { readonly [Which in keyof Restores]?: number };

/** Point-in-time restores after some load, by bare tools, by a drill, and in the place of the live data. */
export async function restoreInTurn(arena: Arena, plan: Plan): Promise<Restores> {
  const rounds: Round[] = [];
  for (let round = 1; round <= plan.rounds.restores; round += 1) {
    const moment = await writtenUpTo(arena, plan, round);
    const bare = await bareRestore(arena, moment.at);
    const drill = round === 1 ? { drill: await drillTo(arena, moment.at) } : {};
    const { command, away } = await restoreTo(arena, moment);
    const each = { ...bare, ...drill, command, away, wal: moment.wal };
    rounds.push(each);
    console.log(
      `restores, round ${round}: ${Object.entries(each)
        .filter(([name]) => name !== "wal")
        .map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`)
        .join(", ")}`,
    );
    await keptNoMore(arena);
  }
  const all = (which: keyof Round) => rounds.flatMap((each) => each[which] ?? []);
  return {
    bare: all("bare"),
    bareAnswers: all("bareAnswers"),
    drill: all("drill"),
    command: all("command"),
    away: all("away"),
    wal: all("wal"),
  };
}

/** A point in time to restore to, and how to tell that it is there. */
interface Moment {
  readonly at: string;
  readonly state: string;
  readonly wal: number;
}

/** A row for each round from before its moment; whatever pgbench moved is in its history. */
const state = `
  SELECT (SELECT string_agg(name, ',' ORDER BY name) FROM bench_marks), count(*), sum(delta),
    (SELECT sum(abalance) FROM pgbench_accounts) FROM pgbench_history`;

async function writtenUpTo(arena: Arena, plan: Plan, round: number): Promise<Moment> {
  const from = await arena.sql("SELECT pg_current_wal_lsn()");
  await arena.bare(
    `pgbench --no-vacuum --client=4 --jobs=2 --time=${plan.pgbench.before} '${arena.database}'`,
  );
  await arena.sql(`INSERT INTO bench_marks VALUES ('before ${round}')`);
  const wanted = await arena.sql(state);
  const at = await arena.sql(
    "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00')",
  );
  const wal = Number(await arena.sql(`SELECT pg_current_wal_lsn() - '${from}'::pg_lsn`));
  await arena.sql(`INSERT INTO bench_marks VALUES ('after ${round}'); DELETE FROM pgbench_history`);
  await arena.archived();
  const [, count, moved, sum] = wanted.split("|");
  if (moved !== sum)
    throw new Error(`pgbench moved ${moved ?? ""} in ${count ?? ""} rows, not ${sum ?? ""}`);
  return { at, state: wanted, wal };
}

async function bareRestore(arena: Arena, at: string) {
  const bare = await restoreBare(arena, `--type=time --target='${at}' --target-action=promote`);
  const began = Date.now();
  await answering(arena);
  const bareAnswers = bare + (Date.now() - began) / 1000;
  await ended(arena);
  return { bare, bareAnswers };
}

async function drillTo(arena: Arena, at: string): Promise<number> {
  const { text } = await arena.keelson("drill now", "--json", "--at", at);
  const { proven, rtoSeconds } = JSON.parse(lastLine(text)) as Proof;
  if (!proven || rtoSeconds === undefined) throw new Error(`the drill has no RTO: ${text}`);
  return rtoSeconds;
}

/** @throws Error where what is live then is not what was live at the moment */
async function restoreTo(arena: Arena, { at, state: wanted }: Moment) {
  const ran = await arena.keelson("restore", "--at", at, "--yes", "--json");
  const live = await arena.sql(state);
  if (live !== wanted) throw new Error(`restored to ${at} is ${live}, and it was ${wanted}`);
  const answer = await fetch(`http://127.0.0.1:${ports.http}/ready`);
  if (answer.status !== 200) throw new Error(`the app answers ${answer.status} after the restore`);
  const { seconds } = JSON.parse(lastLine(ran.text)) as { readonly seconds: number };
  return { command: secondsOf(ran), away: seconds };
}

/** The full backup that a restore begins is done, and what was live before is gone. */
async function keptNoMore(arena: Arena): Promise<void> {
  const restored = Date.now();
  await arena.until("the full backup after the restore", async () => {
    const last = (await arena.inventory()).backups.at(-1);
    return last !== undefined && Date.parse(last.endedAt) > restored - 1000;
  });
  await arena.keelson("restore", "--discard", "--yes");
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
