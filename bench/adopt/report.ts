import type { Moved } from "#test/support/moving";

/** Figures of one adoption. */
export interface Measured extends Moved {
  /** Size of the old database. */
  readonly bytes: number;
  /** Seconds of `--back` as a whole. */
  readonly back: number;
  /** Reason why the old server takes no writes after it; empty where it does. */
  readonly problem: string;
}

/** The figures as a table in Markdown. */
export function adoptTable(m: Measured): string {
  const rows: [string, string][] = [
    ["Size of the old database", `${(m.bytes / 1e6).toFixed(0)} MB`],
    ["Writes meanwhile", `${m.rate.toFixed(0)} transactions a second`],
    ["`--begin`, until the copy has caught up", `${m.begin.toFixed(0)} s, no write paused`],
    ["`--finish`, as a whole", `${m.finish.toFixed(0)} s`],
    ["Writes paused, as the command says", `${m.paused.toFixed(1)} s`],
    ["From the last commit there to the first one here", `${m.gap.toFixed(1)} s`],
    ["Rows compared", String(m.rows)],
    ["Rows that differ", String(m.differing)],
    [
      "`--back`",
      `${m.back.toFixed(0)} s; ${m.problem === "" ? "the old server takes writes" : m.problem}`,
    ],
  ];
  const line = ([first, second]: readonly [string, string]) => `| ${first} | ${second} |`;
  return [line(["", ""]), line(["---", "---"]), ...rows.map(line)].join("\n");
}
