import { z } from "zod";
import { problemText } from "./settings.js";

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** A length of time written as a whole number and a unit: `30s`, `5m`, `12h` or `7d`. */
export const duration = z
  .string()
  .regex(
    /^[1-9]\d*[smhd]$/,
    problemText("is not a duration", "write a whole number and a unit: 30s, 5m, 12h or 7d"),
  )
  .meta({ title: "duration" });

/** The seconds in a checked duration. */
export function seconds(text: string): number {
  return Number(text.slice(0, -1)) * unitSeconds[text.slice(-1) as keyof typeof unitSeconds];
}

/** A duration setting that may not be above `most`. */
export function durationUpTo(most: string) {
  return duration.refine(
    (text) => !/^[1-9]\d*[smhd]$/.test(text) || seconds(text) <= seconds(most),
    { error: problemText(`is above ${most}`, `set ${most} or less`) },
  );
}

/** A time that an answer takes, written as a whole number and a unit: `500ms` or `2s`. */
export const latency = z
  .string()
  .regex(
    /^[1-9]\d*(ms|s)$/,
    problemText("is not a latency", "write a whole number and ms or s, such as 500ms"),
  )
  .meta({ title: "latency" });

/** The seconds in a checked latency. */
export function latencySeconds(text: string): number {
  return text.endsWith("ms") ? Number(text.slice(0, -2)) / 1000 : Number(text.slice(0, -1));
}

/** A duration as Go prints it (`1m30s`): Docker reads its durations back in this form only. */
export function goDuration(text: string): string {
  const total = seconds(text);
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const rest = `${String(total % 60)}s`;
  if (hours > 0) return `${String(hours)}h${String(minutes)}m${rest}`;
  return minutes > 0 ? `${String(minutes)}m${rest}` : rest;
}
