import { relative } from "node:path";

interface Report {
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  readonly name: string;
  readonly startTime: number;
  readonly message?: string;
  readonly assertionResults: readonly TestResult[];
}

interface TestResult {
  readonly fullName: string;
  readonly status: string;
  readonly duration?: number | null;
  readonly failureMessages?: readonly string[] | null;
}

/** Lines of a reason that are shown from its beginning and, where it is longer, from its end. */
const [firstLines, lastLines] = [4, 8];

/**
 * Returns the failures of a vitest run, in the order in which it ran, each with the little that tells why: the first failure of
 * a file often brings the others with it, and whole outputs may be longer than what is kept of a log.
 * @param report the run's JSON report
 * @param root files are named from here
 */
export function failuresIn(report: string, root: string): string[] {
  const { testResults } = JSON.parse(report) as Report;
  return [...testResults]
    .sort((a, b) => a.startTime - b.startTime)
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative(root, name);
      const failed = assertionResults.filter(({ status }) => status === "failed");
      if (failed.length === 0 && (message ?? "") === "") return [];
      if (failed.length === 0) return [`${file}\n${short(message ?? "")}`];
      return failed.map(({ fullName, duration, failureMessages }) => {
        const seconds = ((duration ?? 0) / 1000).toFixed(1);
        const reason = (failureMessages ?? []).map(short).join("\n");
        return `${file} > ${fullName} (${seconds} s)\n${reason}`;
      });
    });
}

/** Both ends of a reason, without the calls that led there. */
function short(reason: string): string {
  const lines = reason.split("\n").filter((line) => line.trim() !== "");
  const calls = lines.findIndex((line) => /^\s+at .+:\d+:\d+\)?$/.test(line));
  const place = calls < 0 ? [] : lines.slice(calls).filter((line) => line.includes(".test.ts"));
  const said = calls < 0 ? lines : lines.slice(0, calls);
  const left = said.length - firstLines - lastLines;
  const shown =
    left <= 0
      ? said
      : [...said.slice(0, firstLines), `… ${String(left)} lines …`, ...said.slice(-lastLines)];
  return [...shown, ...place.slice(0, 1)].map((line) => `    ${line.trim()}`).join("\n");
}
