// Structured logs on stdout, one JSON object a line.
const levels = ["debug", "info", "warn", "error"];
const least = levels.indexOf(process.env.LOG_LEVEL ?? "info");

/** Writes a line, unless LOG_LEVEL leaves its level out. */
export function log(level, message, facts = {}) {
  if (levels.indexOf(level) < least) return;
  const time = new Date().toISOString();
  console.log(JSON.stringify({ time, level, app: process.env.APP_NAME, message, ...facts }));
}
