import type { PageFacts } from "./facts.js";
import type { Plot, PlotMark } from "./plot.js";
import { clock, day } from "./text.js";

const hour = 3_600_000;

/** The axis of the day before a moment, with the releases of that day marked. */
export function dayAxis({ at, releases }: Pick<PageFacts, "at" | "releases">) {
  const from = new Date(at.getTime() - 24 * hour);
  return { from, to: at, ticks: ticks(from, at, 6 * hour, clock), marks: marksOf(releases) };
}

/** The axis of the thirty days before a moment. */
export function monthAxis(at: Date): Pick<Plot, "from" | "to" | "ticks"> {
  const from = new Date(at.getTime() - 30 * 24 * hour);
  return { from, to: at, ticks: ticks(from, at, 7 * 24 * hour, day) };
}

/** A release is marked where it took the traffic; one that was taken back, or did not get there, as bad. */
export function marksOf(releases: PageFacts["releases"]): PlotMark[] {
  return releases
    .filter(({ result }) => result !== "running")
    .map(({ id, result, switched, begin }) => ({
      at: switched ?? begin,
      label: result === "live" || result === "superseded" ? id : `${id} ${words[result] ?? result}`,
      isBad: result === "failed" || result === "rolled-back",
    }));
}

const words: Readonly<Record<string, string>> = { failed: "failed", "rolled-back": "back" };

function ticks(from: Date, to: Date, each: number, text: (at: Date) => string): Plot["ticks"] {
  const found: { at: Date; label: string }[] = [];
  for (let time = Math.ceil(from.getTime() / each) * each; time <= to.getTime(); time += each) {
    const at = new Date(time);
    found.push({ at, label: text(at) });
  }
  return found;
}
