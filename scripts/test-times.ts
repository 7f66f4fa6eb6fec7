import type { FileTimes } from "#test/support/file-times";
import type { Wait } from "#test/support/waits";

/** Rows of each table. */
const most = 12;

/**
 * Returns where the time of an end-to-end run went: its slowest files, its longest waits, and its commands, as lines of text.
 *
 * @param times seconds by file
 * @param waits what the files waited for; the same thing waited for often is one row
 */
export function timeTables(times: FileTimes, waits: readonly Wait[]): string[] {
  const files = Object.entries(times).map(([file, seconds]) => ({ file, seconds }));
  const total = sum(files.map(({ seconds }) => seconds));
  return [
    ...table(
      `files: ${total.toFixed(0)} s in all`,
      files.map(({ file, seconds }) => ({
        seconds,
        text: `${file}${waited(file, waits)}`,
      })),
    ),
    ...table(
      "waits for a condition",
      summed(
        waits.filter(({ kind }) => kind === "until"),
        ({ file, what }) => `${file}: ${what}`,
      ),
    ),
    ...table(
      "commands",
      summed(
        waits.filter(({ kind }) => kind === "command"),
        ({ what }) => what,
      ),
    ),
  ];
}

interface Row {
  readonly seconds: number;
  readonly text: string;
}

function waited(file: string, waits: readonly Wait[]): string {
  const own = waits.filter((each) => each.file === file && each.kind === "until");
  return own.length === 0
    ? ""
    : `, ${sum(own.map(({ seconds }) => seconds)).toFixed(0)} s of it waits`;
}

/** Waits of the same name as one row, with their number. */
function summed(waits: readonly Wait[], name: (wait: Wait) => string): Row[] {
  const groups = Map.groupBy(waits, name);
  return [...groups].map(([text, group]) => ({
    seconds: sum(group.map(({ seconds }) => seconds)),
    text: group.length === 1 ? text : `${text} (${String(group.length)} times)`,
  }));
}

function table(title: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const longest = [...rows].sort((a, b) => b.seconds - a.seconds).slice(0, most);
  return [
    title,
    ...longest.map(({ seconds, text }) => `${seconds.toFixed(1).padStart(8)} s  ${text}`),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
