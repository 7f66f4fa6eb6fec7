import { noChanges, type Changes, type Result, type Step } from "./runner.js";

type Counts = Readonly<Record<string, number>>;

/** Pulumi's counts of operations, in the short form that we print. */
export function changesOf(counts: Counts): Changes {
  const of = (...ops: string[]) => ops.reduce((sum, op) => sum + (counts[op] ?? 0), 0);
  return {
    create: of("create"),
    update: of("update"),
    replace: of("replace"),
    delete: of("delete"),
    same: of("same"),
  };
}

/** Returns the result of a run that has ended, by the CLI's event log. */
export function resultOf(eventLog: string): Omit<Result, "outputs"> {
  for (const line of eventLog.split("\n").reverse()) {
    if (!line.includes('"summaryEvent"')) continue;
    const { summaryEvent: summary } = JSON.parse(line) as {
      summaryEvent?: { durationSeconds: number; resourceChanges?: Counts };
    };
    if (summary === undefined) continue;
    return { changes: changesOf(summary.resourceChanges ?? {}), seconds: summary.durationSeconds };
  }
  return { changes: noChanges, seconds: 0 };
}

/** The steps, counts and messages of `pulumi preview --json`. */
export function stepsOf(json: string): { steps: Step[]; summary: Counts; diagnostics: string } {
  const start = json.indexOf("{");
  if (start < 0) return { steps: [], summary: {}, diagnostics: "" };
  const parsed = JSON.parse(json.slice(start)) as {
    steps?: Step[];
    changeSummary?: Counts;
    diagnostics?: { message: string; severity: string }[];
  };
  const errors = (parsed.diagnostics ?? []).filter((each) => each.severity === "error");
  return {
    steps: parsed.steps ?? [],
    summary: parsed.changeSummary ?? {},
    diagnostics: errors.map((each) => each.message.trim()).join("\n"),
  };
}

/** A line of the CLI's output as we show it; undefined for one that tells a person nothing. */
export function progressLine(line: string): string | undefined {
  const text = line.trimEnd();
  if (text.trim() === "" || /^(Updating|Destroying|Refreshing) \(|^@ |^Duration:/.test(text)) {
    return undefined;
  }
  // Each step is announced and then reported with its time: the second line is enough.
  if (/ (creating|updating|deleting|replacing|refreshing) \(\d/.test(text)) return undefined;
  // A resource that nothing happened to.
  if (/^ {4}\S+:\S+ +\S+( +\d+ warnings?)?$/.test(text)) return undefined;
  return / from \$PATH at |^View Live: /.test(text) ? undefined : text;
}
