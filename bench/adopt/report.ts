/** What was measured of one adoption. */
export interface Measured {
  /** Size of the old database. */
  readonly bytes: number;
  /** Transactions a second that wrote there until writes were paused. */
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
  /** Rows that are not the same on both sides, by tables. */
  readonly differing: number;
  /** Seconds of `--back` as a whole, and whether the old server took a write after it. */
  readonly back: number;
  readonly writesThere: boolean;
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
    ["Tables with rows that differ", String(m.differing)],
    [
      "`--back`",
      `${m.back.toFixed(0)} s; the old server ${m.writesThere ? "takes" : "DOES NOT TAKE"} writes`,
    ],
  ];
  const line = ([first, second]: readonly [string, string]) => `| ${first} | ${second} |`;
  return [line(["", ""]), line(["---", "---"]), ...rows.map(line)].join("\n");
}
