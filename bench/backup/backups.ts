import type { Ran } from "../bounded.js";
import type { Arena } from "./arena.js";
import type { Plan } from "./plan.js";

/** One way to take a backup, and what it took. */
export interface Taken {
  readonly title: string;
  /** Of each round. */
  readonly seconds: readonly number[];
  /** Bytes of the last one. */
  readonly stored: number;
}

/** Ways to take the same kind of backup; the first is the bare one that others are compared with. */
export type Group = readonly Taken[];

interface Way {
  readonly title: string;
  readonly take: () => Promise<Ran>;
  /** Bytes of the backup at hand. */
  readonly stored: () => Promise<number>;
}

/** Physical backups and dumps, each in all ways in turn, so that what else the machine does falls on all of them. */
export async function takeBackups(
  arena: Arena,
  rounds: Plan["rounds"],
): Promise<{ readonly physical: Group; readonly dumps: Group }> {
  const inTurn = async (ways: readonly Way[], times: number): Promise<Group> => {
    const taken = ways.map(({ title }) => ({ title, seconds: [] as number[], stored: 0 }));
    for (let round = 1; round <= times; round += 1) {
      for (const [index, { title, take, stored }] of ways.entries()) {
        await arena.sql("CHECKPOINT");
        const seconds = secondsOf(await take());
        console.log(`${title}, round ${round}: ${seconds.toFixed(1)} s`);
        const each = taken[index];
        each?.seconds.push(seconds);
        if (each !== undefined) each.stored = await stored();
        await arena.bare("rm -rf /scratch/taken");
      }
    }
    return taken;
  };
  const physical = await inTurn(physicalWays(arena), rounds.backups);
  return { physical, dumps: await inTurn(dumpWays(arena), rounds.dumps) };
}

export function secondsOf({ began, ended }: Ran): number {
  return (ended - began) / 1000;
}

function physicalWays(arena: Arena): Way[] {
  const base = (flags: string) =>
    arena.bare(`pg_basebackup --pgdata=/scratch/taken --checkpoint=fast --no-password ${flags}`);
  return [
    { title: "`pg_basebackup`", take: () => base("--format=plain"), stored: () => bytes(arena) },
    {
      title: "`pg_basebackup`, compressed",
      take: () => base('--format=tar --compress="client-zstd:workers=$(nproc)"'),
      stored: () => bytes(arena),
    },
    {
      title: "Keelson's full backup",
      take: () => arena.scheduled("/usr/local/bin/physical-backup", "full"),
      stored: async () => (await arena.inventory()).backups.at(-1)?.stored ?? NaN,
    },
  ];
}

function dumpWays(arena: Arena): Way[] {
  const dump = `pg_dump --format=custom --no-password --file=/scratch/taken '${arena.database}'`;
  return [
    { title: "`pg_dump -Fc`", take: () => arena.bare(dump), stored: () => bytes(arena) },
    {
      title: "Keelson's dump",
      take: () => arena.scheduled("/usr/local/bin/dump"),
      stored: async () => (await arena.inventory()).dumps.at(-1)?.bytes ?? NaN,
    },
  ];
}

/** Of what a bare tool has taken. */
async function bytes(arena: Arena): Promise<number> {
  return Number((await arena.bare("du --summarize --bytes /scratch/taken")).text.split("\t")[0]);
}
