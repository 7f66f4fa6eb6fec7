import type { BackupState, ProofFacts, Series } from "../facts.js";
import { momentOf } from "../scale.js";
import { rangeTo, seriesOf, theOne } from "../series.js";
import { byLabel, numberIn, type NowAnswers, type OverAnswers } from "./answers.js";
import type { StackFacts } from "./inputs.js";
import { drillSpan } from "./queries.js";

/** Returns the state of the backups by their metrics; undefined where nothing is backed up. */
export function backupState(
  { dumpsAlone }: Pick<StackFacts, "dumpsAlone">,
  now: NowAnswers,
  over: OverAnswers | undefined,
): BackupState | undefined {
  if (numberIn(now.values("backupsWatched")) === undefined) return undefined;
  return {
    // The backups' own list alone knows of a hole in the archive.
    restorableFrom: null,
    ...(dumpsAlone ? { dumpsAlone } : {}),
    newest: newest(now),
    proofs: over === undefined ? [] : proofs(over),
  };
}

function newest(now: NowAnswers): BackupState["newest"] {
  const bytes = byLabel(now.values("backupBytes"), "kind");
  const [last] = [...byLabel(now.values("backupEnded"), "kind")].toSorted(([, a], [, b]) => b - a);
  if (last === undefined || last[1] === 0) return undefined;
  const [kind, at] = last;
  return { at: new Date(at * 1000), bytes: bytes.get(kind) ?? 0 };
}

/** Drills by the time that each proven one leaves in its series, and those after which the last one has failed. */
function proofs(over: OverAnswers): ProofFacts[] {
  const range = rangeTo(over.at, drillSpan);
  const one = (name: "proven" | "rpo" | "rto") => theOne(over.series(name), range);
  const failed = over.series("drillFailed").flatMap(({ metric, values }) => {
    return failures(seriesOf(values, range), metric["kind"] ?? "");
  });
  const proven = provenIn(one("proven"), { rpo: one("rpo"), rto: one("rto") });
  return [...proven, ...failed].toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function provenIn(
  series: Series | undefined,
  { rpo, rto }: { readonly rpo: Series | undefined; readonly rto: Series | undefined },
): ProofFacts[] {
  const seen = new Set<number>();
  return (series?.values ?? []).flatMap((at, index) => {
    if (at === null || at === 0 || seen.has(at)) return [];
    seen.add(at);
    // Of the last one in its hour: an earlier one in it has no figures of its own.
    const of = { rpo: rpo?.values[index] ?? undefined, rto: rto?.values[index] ?? undefined };
    return [{ at: new Date(at * 1000), kind: "backup", proven: true, ...of }];
  });
}

/** One for each time at which the last drill began to be one that failed; its own time is not in the series. */
function failures(series: Series, kind: string): ProofFacts[] {
  return series.values.flatMap((value, index) => {
    const before = series.values[index - 1] ?? null;
    if (value !== 1 || before === 1) return [];
    return [{ at: momentOf(series, index), kind, proven: false }];
  });
}
