/** Extent of a run. Times are seconds. */
export interface Plan {
  /** Of pgbench's tables: 100 000 accounts each, about 15 MB. */
  readonly scale: number;
  /** Rows of text alongside them that compresses to a half, about 590 bytes each. */
  readonly documents: number;
  /** A database that is smaller is none to measure. */
  readonly leastBytes: number;
  readonly rounds: {
    readonly backups: number;
    readonly dumps: number;
    readonly restores: number;
    readonly archiving: number;
  };
  /** Seconds for which pgbench writes before each restore, and reads, then writes, in each round of its own. */
  readonly pgbench: { readonly before: number; readonly warm: number; readonly round: number };
  readonly kills: readonly Kills[];
}

/** Kills after a load of one kind. */
export interface Kills {
  readonly title: string;
  readonly times: number;
  readonly writers: number;
  /** Between two rows of a writer. */
  readonly pause: number;
  /** Kills come at random times that are spread evenly between these. */
  readonly after: readonly [least: number, most: number];
  /** The load begins with an archive that has everything. */
  readonly archivedFirst: boolean;
}

/**
 * Under a busy load WAL segments fill within seconds, and are archived; under a quiet one each waits for its time
 * (`archive_timeout`, 50 s), so that this is where most would be lost.
 */
const busy = { title: "busy", writers: 8, pause: 0, archivedFirst: false };
const quiet = { title: "quiet", writers: 1, pause: 0.1, archivedFirst: true };

/** Extent of the run that is published. */
export const whole: Plan = {
  scale: 50,
  documents: 500_000,
  leastBytes: 1e9,
  rounds: { backups: 3, dumps: 2, restores: 2, archiving: 4 },
  pgbench: { before: 10, warm: 3, round: 15 },
  kills: [
    { ...busy, times: 18, after: [2, 6] },
    // On both sides of that time.
    { ...quiet, times: 2, after: [45, 75] },
  ],
};

/** To see whether it works: its figures say little. */
export const small: Plan = {
  scale: 2,
  documents: 50_000,
  leastBytes: 0,
  rounds: { backups: 1, dumps: 1, restores: 1, archiving: 1 },
  pgbench: { before: 2, warm: 1, round: 4 },
  kills: [
    { ...busy, times: 2, after: [1, 4] },
    { ...quiet, times: 1, after: [4, 8] },
  ],
};
