// One JSON object a line, on stdout.
const levels = ["debug", "info", "warn", "error"];
let threshold = levels.indexOf("info");
let base = {};

/** Sets the least level that is written and what every line carries. */
export function configureLog(level, fields) {
  const index = levels.indexOf(level);
  threshold = index < 0 ? levels.indexOf("info") : index;
  base = fields;
}

/** Writes one line; an Error among the fields becomes its message and code, never its connection details. */
export function log(level, message, fields = {}) {
  if (levels.indexOf(level) < threshold) return;
  const shown = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, plain(value)]),
  );
  const line = { time: new Date().toISOString(), level, message, ...base, ...shown };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function plain(value) {
  return value instanceof Error ? { message: value.message, code: value.code } : value;
}
