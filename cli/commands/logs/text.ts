import type { LogLevel } from "../../registrations/logs.js";
import { withoutColours } from "./level.js";

/** A line of a process's log. */
export interface LogLine {
  /** UTC. */
  readonly time: string;
  readonly process: string;
  readonly instance: string;
  readonly container: string;
  readonly stream: "stdout" | "stderr";
  readonly level: LogLevel | undefined;
  readonly message: string;
}

/** The line for a person, or for another program where it goes into a file. */
export function plainText({ time, instance, message }: LogLine, width = 0): string {
  return `${millis(time)} ${instance.padEnd(width)} ${withoutColours(message)}`;
}

/** The same for a terminal: each process has its colour, and no control character of the message reaches it. */
export function colouredText(line: LogLine, width: number): string {
  const { time, process, instance, level, message } = line;
  const head = `${paint(millis(time), 2)} ${paint(instance.padEnd(width), colourOf(process))}`;
  const text = harmless(message);
  return `${head} ${level === "error" || level === "fatal" ? paint(text, 31) : text}`;
}

/** The line as JSON. */
export function jsonText(line: LogLine): string {
  const { time, process, instance, container, stream, level, message } = line;
  return JSON.stringify({ time, process, instance, container, stream, level, message });
}

/** Text of an app that could move the cursor, set the title or answer as if it were typed; its colours stay. */
function harmless(text: string): string {
  return text.replace(controls, "�");
}

// eslint-disable-next-line no-control-regex
const controls = /\u001b(?!\[[\d;]*m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;

/** Of a terminal: readable on dark and light. */
const colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94] as const;
const fixed: Readonly<Record<string, number>> = { app: 36, proxy: 32, postgres: 34, backup: 35 };

/** The same in each run, whatever else runs. */
function colourOf(process: string): number {
  if (Object.hasOwn(fixed, process)) return fixed[process] as number;
  let sum = 0;
  for (const each of process) sum = (sum * 31 + (each.codePointAt(0) ?? 0)) % 9973;
  return colours[sum % colours.length] as number;
}

function paint(text: string, code: number): string {
  return `\u001b[${String(code)}m${text}\u001b[0m`;
}

function millis(time: string): string {
  return time.replace(/(\.\d{3})\d*Z$/, "$1Z");
}
