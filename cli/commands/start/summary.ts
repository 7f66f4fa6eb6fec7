import { changedOf, changesText, type Changes, type Outputs } from "../../engines/runner.js";

/** The result of `npm start`. */
export interface Started {
  readonly outputs: Outputs;
  readonly engine: string;
  readonly changes: Changes;
  /** Seconds of the engine's run, and of everything. */
  readonly engineSeconds: number;
  readonly seconds: number;
}

/** The table at the end of `npm start`. */
export function startTable(started: Started): string[] {
  const { outputs, changes } = started;
  const times = `${started.seconds.toFixed(1)} s (engine ${started.engineSeconds.toFixed(1)} s)`;
  const rows: [string, string][] = [
    ["URL", shown(outputs, "url")],
    ["Version", shown(outputs, "version")],
    ["Database", shown(outputs, "database")],
    ["Backups", shown(outputs, "backups")],
    ["Engine", started.engine],
    ["Resources", changesText(changes)],
    ["Time", times],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

/** The last line of `npm start -- --json`. */
export function startJson(started: Started): string {
  const { changes, outputs } = started;
  return JSON.stringify({
    url: plain(outputs, "url"),
    version: plain(outputs, "version"),
    engine: started.engine,
    created: changes.create,
    changed: changedOf(changes),
    same: changes.same,
    seconds: Math.round(started.seconds * 10) / 10,
  });
}

/** An output's text; undefined when it is missing, secret, or no text. */
export function plain(outputs: Outputs, name: string): string | undefined {
  const output = outputs[name];
  return output !== undefined && !output.secret && typeof output.value === "string"
    ? output.value
    : undefined;
}

function shown(outputs: Outputs, name: string): string {
  return plain(outputs, name) ?? "-";
}
