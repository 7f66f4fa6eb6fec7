import { setTimeout as pause } from "node:timers/promises";
import { docker } from "#test/support/docker";
import { generator, seed } from "#test/support/random";
import { lastArchived } from "./archive.js";
import type { Arena } from "./arena.js";
import { Ledger, numbersIn } from "./ledger.js";
import type { Kills, Plan } from "./plan.js";
import { answering, ended, restoreBare, restoredSql } from "./scratch.js";
import { writable, Writers } from "./writers.js";

/** One SIGKILL of the server's container, with all that runs in it. */
export interface Kill {
  readonly load: string;
  /** Rows whose commit the server had acknowledged until then, in all. */
  readonly committed: number;
  /** Of those, how many were gone when the server was back. */
  readonly lost: number;
  /** Seconds from the oldest commit that the repository does not have to the kill; 0 where it has all. */
  readonly repository: number;
  /** Acknowledged rows that the repository does not have. */
  readonly onlyLocal: number;
  /** Seconds from the container's start to the next write. */
  readonly back: number;
}

/** Rows that the repository alone returned after the last kill. */
export interface Alone {
  readonly restored: number;
  readonly missing: number;
}

/** Kills the server under load, over and over; restores what the repository has of the last one. */
export async function kills(
  arena: Arena,
  plan: Plan,
): Promise<{ readonly kills: readonly Kill[]; readonly alone: Alone }> {
  const ledger = new Ledger();
  const chance = generator(seed);
  console.log(`Kills at times that follow from KEELSON_SEED=${seed}:`);
  const done: Kill[] = [];
  const all = plan.kills.flatMap((load) =>
    Array.from({ length: load.times }, (_, turn) => ({
      load,
      share: (turn + chance()) / load.times,
    })),
  );
  let alone: Alone | undefined;
  for (const [index, { load, share }] of all.entries()) {
    const killed = await killUnder(arena, ledger, load, share);
    if (index === all.length - 1) alone = await fromRepository(arena, ledger, killed.archived);
    done.push(await back(arena, ledger, { ...killed, load: load.title }));
  }
  if (alone === undefined) throw new Error("nothing was killed");
  return { kills: done, alone };
}

async function killUnder(arena: Arena, ledger: Ledger, load: Kills, share: number) {
  if (load.archivedFirst) await arena.archived();
  const writers = await Writers.start(arena, ledger, load);
  const [least, most] = load.after;
  const { signal } = arena.bench;
  await pause((least + share * (most - least)) * 1000, undefined, { signal });
  let at = NaN;
  await writers.endWith(async () => {
    at = Date.now();
    await docker(["kill", "--signal", "KILL", arena.server.Id]);
    await docker(["wait", arena.server.Id]);
  });
  const archived = (await lastArchived(arena)).at;
  const { numbers, oldest = at } = ledger.since(archived);
  const repository = Math.max(0, at - oldest) / 1000;
  return { archived, repository, onlyLocal: numbers.length, committed: ledger.count };
}

/** The server runs again; nothing that was acknowledged may be missing. */
async function back(
  arena: Arena,
  ledger: Ledger,
  killed: Omit<Kill, "lost" | "back">,
): Promise<Kill> {
  const { load, committed, repository, onlyLocal } = killed;
  const started = Date.now();
  await docker(["start", arena.server.Id]);
  const seconds = ((await writable(arena, ledger)) - started) / 1000;
  const present = numbersIn(await arena.sql("SELECT id FROM bench_writes"));
  const gone = ledger.lost(present);
  ledger.forget(gone);
  const lost = gone.length;
  console.log(
    `killed under ${load} load: ${lost} of ${committed} committed rows lost; the repository lacks ${repository.toFixed(1)} s; back in ${seconds.toFixed(1)} s`,
  );
  return { load, committed, repository, onlyLocal, lost, back: seconds };
}

/** Nothing but the repository and its passphrase is there. @throws Error where it gives back less than its WAL says */
async function fromRepository(arena: Arena, ledger: Ledger, archived: number): Promise<Alone> {
  await restoreBare(arena, "");
  await answering(arena);
  const present = numbersIn(await restoredSql(arena, "SELECT id FROM bench_writes"));
  await ended(arena);
  const [missing, later] = [ledger.lost(present), new Set(ledger.since(archived).numbers)];
  const early = missing.filter((number) => !later.has(number));
  if (early.length > 0) {
    throw new Error(
      `${early.length} rows are older than the last commit in the repository, which has not given them back`,
    );
  }
  return { restored: present.size, missing: missing.length };
}
