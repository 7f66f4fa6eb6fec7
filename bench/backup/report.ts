import { markdownTable } from "#lib/markdown";
import { counted, median, shown } from "../statistics.js";
import type { Archiving, Throughput } from "./archiving.js";
import type { Group } from "./backups.js";
import type { Alone, Kill } from "./kills.js";
import type { Restores } from "./restores.js";

/** The result of the whole benchmark. */
export interface Result {
  /** Of the database, at the beginning. */
  readonly bytes: number;
  readonly physical: Group;
  readonly dumps: Group;
  readonly restores: Restores;
  readonly kills: readonly Kill[];
  readonly alone: Alone;
  readonly archiving: Archiving;
}

/** All tables, each with a line before it. */
export function tables(result: Result): string[] {
  return [
    "Backups:",
    backupTable(result.bytes, [result.physical, result.dumps]),
    `Point-in-time restores, ${megabytes(median(result.restores.wal))} of WAL after the last backup:`,
    restoreTable(result.restores),
    "Kills:",
    killTable(result.kills, result.alone),
    "pgbench, with archiving and without:",
    archivingTable(result.archiving),
  ];
}

/** Each group compared with its first, which is the bare tool. */
export function backupTable(bytes: number, groups: readonly Group[]): string {
  const rows = groups.flatMap((group) => {
    const bare = median(group[0]?.seconds ?? []);
    return group.map(({ title, seconds, stored }) => [
      title,
      shown(median(seconds), "s"),
      shown(bytes / 1e6 / median(seconds), "MB/s"),
      shown(bare / median(seconds)),
      megabytes(stored),
      shown(stored / bytes),
    ]);
  });
  const head = ["Backup", "Time", "Speed", "Speed ÷ bare", "Stored", "Stored ÷ database"];
  return markdownTable([head, ...rows]);
}

export function restoreTable(restores: Restores): string {
  const row = (title: string, seconds: readonly number[], bare: readonly number[]) => [
    title,
    shown(median(seconds), "s"),
    shown(Math.max(...seconds), "s"),
    shown(median(bare) / median(seconds)),
  ];
  const { bare, bareAnswers, drill, command, away } = restores;
  return markdownTable([
    ["Restore", "Time, median", "Longest", "Speed ÷ bare"],
    row("`pgbackrest restore`", bare, bare),
    row("`pgbackrest restore`, until the server answers", bareAnswers, bareAnswers),
    row("Keelson's drill, until the server answers", drill, bareAnswers),
    row("**`keelson restore --at … --yes`, the whole command**", command, bareAnswers),
    ["of which the app was away", shown(median(away), "s"), shown(Math.max(...away), "s"), "–"],
  ]);
}

export function killTable(kills: readonly Kill[], alone: Alone): string {
  const kinds = [...new Set(kills.map(({ load }) => load))];
  const of = (load: string) => kills.filter((each) => each.load === load);
  const row = (title: string, cell: (some: readonly Kill[]) => string) => [
    title,
    ...kinds.map((load) => cell(of(load))),
    cell(kills),
  ];
  const values = (some: readonly Kill[], which: "repository" | "onlyLocal" | "back") =>
    some.map((each) => each[which]);
  const most = (some: readonly Kill[], which: "repository" | "onlyLocal" | "back") =>
    Math.max(...values(some, which));
  return markdownTable([
    ["", ...kinds.map((load) => `${load} load`), "all"],
    row("Kills", (some) => String(some.length)),
    row("Committed rows until the last one", (some) => counted(some.at(-1)?.committed ?? 0)),
    row("**Lost of them when the server was back**", (some) => `**${counted(sum(some))}**`),
    row("From the repository alone, lost: median", (some) =>
      shown(median(values(some, "repository")), "s"),
    ),
    row(
      "**From the repository alone, lost: most**",
      (some) => `**${shown(most(some, "repository"), "s")}**`,
    ),
    row("Rows that only the server had: most", (some) => counted(most(some, "onlyLocal"))),
    row("Started until it took a write: median", (some) =>
      shown(median(values(some, "back")), "s"),
    ),
    row("Started until it took a write: longest", (some) => shown(most(some, "back"), "s")),
    [
      "Restored from the repository alone, after the last",
      ...kinds.map(() => ""),
      `${counted(alone.restored)} rows, ${counted(alone.missing)} missing`,
    ],
  ]);
}

export function archivingTable({ on, off }: Archiving): string {
  const of = (some: readonly Throughput[], which: keyof Throughput) =>
    median(some.map((each) => each[which]));
  const row = (title: string, some: readonly Throughput[]) => [
    title,
    shown(of(some, "rate")),
    shown(of(some, "rate") / of(off, "rate")),
    `${megabytes(of(some, "wal"))}/s`,
    shown(of(some, "wal") / of(some, "rate") / 1000, "kB"),
    title === "without" ? "–" : String(Math.max(...some.map(({ waiting }) => waiting))),
  ];
  return markdownTable([
    [
      "Archiving",
      "Transactions a second",
      "÷ without",
      "WAL",
      "WAL a transaction",
      "Segments waiting at the end",
    ],
    row("without", off),
    row("as in a stack", on),
  ]);
}

/** Returns the goals and whether they are met, a line each; those that are missed first. */
export function verdict({ kills, restores, bytes }: Result): {
  readonly lost: number;
  readonly lines: readonly string[];
} {
  const lost = sum(kills);
  const committed = kills.at(-1)?.committed ?? 0;
  const [rpo, rto] = [
    Math.max(...kills.map((each) => each.repository)),
    Math.max(...restores.command),
  ];
  // The goal is for 1 GB.
  const most = 120 * Math.max(1, bytes / 1e9);
  return {
    lost,
    lines: [
      `lost ${lost} of ${committed} committed rows in ${kills.length} kills`,
      `RPO from the repository alone: ${shown(rpo, "s")}, ${rpo <= 60 ? "within" : "MORE than"} 60 s`,
      `RTO by one command: ${shown(rto, "s")} for ${megabytes(bytes)}, ${rto <= most ? "within" : "MORE than"} 2 min a GB`,
    ],
  };
}

function sum(kills: readonly Kill[]): number {
  return kills.reduce((total, { lost }) => total + lost, 0);
}

function megabytes(bytes: number): string {
  return shown(bytes / 1e6, "MB");
}
