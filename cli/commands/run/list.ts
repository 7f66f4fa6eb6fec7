import type { RunRecord } from "#release/history/runs";
import { table } from "../../io/table.js";
import { isAlive } from "../../stack/releases.js";

const heads = ["begun (UTC)", "seconds", "code", "process", "as", "by", "command"];
const longestCommand = 80;

/** The runs as a table, a line for each. */
export function runsText(runs: readonly RunRecord[], alive = isAlive): string[] {
  if (runs.length === 0) return ["Nothing was run yet."];
  return table([heads, ...runs.map((run) => row(run, alive))], "");
}

function row(run: RunRecord, alive: (by: string) => boolean): string[] {
  const { begin, end, code, process, as, who } = run;
  const seconds = end === null ? "" : ((Date.parse(end) - Date.parse(begin)) / 1000).toFixed(1);
  const unknown = alive(run.by) ? "runs" : "not known";
  const text = run.command.map(quoted).join(" ");
  return [
    begin.slice(0, 19).replace("T", " "),
    seconds,
    code === null ? unknown : String(code),
    process,
    as,
    who,
    text.length <= longestCommand ? text : `${text.slice(0, longestCommand)}…`,
  ];
}

/** So that a person can tell the arguments apart; line breaks would end the row. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : JSON.stringify(argument);
}
