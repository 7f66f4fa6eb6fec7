import { logLevels, type LogLevel } from "../../registrations/logs.js";

/**
 * The level of a line of a log; undefined where it has none. Known are JSON (`level`, `lvl`, `severity`, also in pino's
 * numbers), `level=error`, PostgreSQL's, HAProxy's and nginx's, Python's and others that begin with the level.
 */
export function levelOf(text: string): LogLevel | undefined {
  const trimmed = text.trimStart();
  if (trimmed.startsWith("{")) {
    const found = levelInJson(trimmed);
    if (found !== undefined) return found;
  }
  const plain = withoutColours(text);
  for (const form of forms) {
    const found = level(form.exec(plain)?.[1]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True where a level is at least another one. */
export function isAtLeast(found: LogLevel | undefined, wanted: LogLevel): boolean {
  // What says nothing of its level is not known to be important.
  return logLevels.indexOf(found ?? "info") >= logLevels.indexOf(wanted);
}

/** True for a line that continues the one before it, as those of a stack trace and a statement do. */
export function isContinuation(text: string): boolean {
  return /^(\s+\S|Caused by: |Traceback |\w*(Error|Exception)\b.*: )/.test(withoutColours(text));
}

/** A text without the codes that colour it. */
export function withoutColours(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[\d;]*m/g, "");
}

function levelInJson(text: string): LogLevel | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A line that only looks like it.
    return undefined;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of ["level", "lvl", "severity", "loglevel", "log.level"]) {
    const found = fields[key];
    if (typeof found === "string") return level(found);
    if (typeof found === "number") return byNumber(found);
  }
  return undefined;
}

/** As pino and bunyan count. */
function byNumber(number: number): LogLevel | undefined {
  return logLevels[Math.min(5, Math.max(0, Math.floor(number / 10) - 1))];
}

/** Forms in which a line names its level, the surest first; a sentence that begins with such a word names none. */
const forms = [
  /(?:^|[\s,{])"?(?:level|lvl|severity)"?[=:]\s*"?([A-Za-z]+)/i,
  /(?:^|\s)([A-Z]{3,11}):\s/,
  /^[^A-Za-z]*(?:UTC )?(?:\[\d+\] )?([A-Z]{3,11})\b/,
  /^\W*([A-Za-z]{3,11})[\]:]/,
  /\[([A-Za-z]{3,11})\]/,
  /\[[^\]]*\b(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b/,
] as const;

const names: Readonly<Record<string, LogLevel>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  information: "info",
  notice: "info",
  log: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  err: "error",
  severe: "error",
  alert: "error",
  fatal: "fatal",
  critical: "fatal",
  crit: "fatal",
  panic: "fatal",
  emerg: "fatal",
};

function level(word: string | undefined): LogLevel | undefined {
  const name = word?.toLowerCase() ?? "";
  return Object.hasOwn(names, name) ? names[name] : undefined;
}
