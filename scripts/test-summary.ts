/** Numbers of tests by their result. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Something that they need is not on this machine. */
  readonly skipped: number;
  /** Not begun: they belong to `npm run test:all`. */
  readonly left: number;
}

/** The tag of tests that `npm test` leaves to `npm run test:all`. */
export const longTag = "long";

/** Counts of a vitest run from its exit code and JSON report: a run that failed counts at least one failure. */
export function countsOf(code: number, report: string | undefined): Counts {
  const counted = report === undefined ? none : parse(report);
  return code !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}

/** Two runs as one. */
export function add(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    left: a.left + b.left,
  };
}

/** The last line of `npm test`. */
export function summary({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

/** Names of the tests that were skipped for what is missing; their names say what. */
export function skippedIn(report: string): string[] {
  return testsOf(JSON.parse(report) as Report)
    .filter(isSkipped)
    .filter((test) => !isLong(test))
    .map(({ fullName }) => fullName);
}

/** Nothing was run. */
export const none: Counts = { passed: 0, failed: 0, skipped: 0, left: 0 };

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly Test[] }[];
}

interface Test {
  readonly fullName: string;
  readonly status: string;
  readonly tags: readonly string[];
}

function parse(report: string): Counts {
  const parsed = JSON.parse(report) as Report;
  const left = testsOf(parsed).filter((test) => isSkipped(test) && isLong(test)).length;
  return {
    passed: parsed.numPassedTests,
    failed: parsed.numFailedTests,
    skipped: parsed.numPendingTests + parsed.numTodoTests - left,
    left,
  };
}

const testsOf = ({ testResults }: Report) => testResults.flatMap((file) => file.assertionResults);
const isSkipped = ({ status }: Test) => ["skipped", "pending", "todo"].includes(status);
const isLong = ({ tags }: Test) => tags.includes(longTag);
