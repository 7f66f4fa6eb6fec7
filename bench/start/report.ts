import { markdownTable } from "#lib/markdown";
import { median, shown } from "../statistics.js";
import type { Starts } from "./measure.js";

/** The medians of every command, compared with its goal. */
export function startTable(results: readonly Starts[]): string {
  const head = ["Command", "Processor time", "Goal", "Wall time", "Memory", "Exit code"];
  return markdownTable([
    head,
    ...results.map((each) => {
      const { cpuSeconds, wallSeconds, memoryMiB } = mediansOf(each);
      const { seconds, memoryMiB: most } = each.goal;
      return [
        each.called ?? `\`keelson ${each.args.join(" ")}\``,
        shown(cpuSeconds, "s"),
        `${String(seconds)} s${most === undefined ? "" : `, ${String(most)} MiB`}`,
        shown(wallSeconds, "s"),
        `${String(Math.round(memoryMiB))} MiB`,
        [...new Set(each.starts.map(({ code }) => String(code)))].join(", "),
      ];
    }),
  ]);
}

/** The goals that were missed, a line each. Time is judged by the processor's: on a busy machine the wall's is not ours. */
export function verdict(results: readonly Starts[]): string[] {
  return results.flatMap((each) => {
    const { cpuSeconds, memoryMiB } = mediansOf(each);
    const { seconds, memoryMiB: most = Infinity } = each.goal;
    const name = each.called ?? `keelson ${each.args.join(" ")}`;
    return [
      ...(cpuSeconds > seconds
        ? [`${name}: ${shown(cpuSeconds, "s")} of processor time, more than ${String(seconds)} s`]
        : []),
      ...(memoryMiB > most
        ? [`${name}: ${String(Math.round(memoryMiB))} MiB, more than ${String(most)} MiB`]
        : []),
    ];
  });
}

function mediansOf({ starts }: Starts) {
  return {
    cpuSeconds: median(starts.map((each) => each.cpuSeconds)),
    wallSeconds: median(starts.map((each) => each.wallSeconds)),
    memoryMiB: median(starts.map((each) => each.memoryMiB)),
  };
}
