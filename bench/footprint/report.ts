import { markdownTable } from "#lib/markdown";
import { shown } from "../statistics.js";
import type { Footprint } from "./measure.js";

/** Roles of the application's containers, which are not Keelson's. */
const theirs = ["app", "postgres"];
const mebibyte = 1024 ** 2;

/** MiB and percent of a processor that all that is Keelson's may use at idle. */
const goals = [
  { monitoring: false, memory: 64, cpuPercent: 1 },
  { monitoring: true, memory: 300, cpuPercent: 5 },
] as const;

/** A row a role, a column a state of the stack; the sum is of what is Keelson's. */
export function footprintTable(results: readonly Footprint[]): string {
  const roles = [...new Set(results.flatMap((each) => [...each.roles.keys()]))];
  const ours = roles.filter((role) => !theirs.includes(role)).sort();
  const row = (name: string, of: (each: Footprint) => Sum | undefined) => [
    name,
    ...results.map((each) => text(of(each))),
  ];
  return markdownTable([
    ["Container", ...results.map(headOf)],
    ...ours.map((role) => row(`\`${role}\``, ({ roles: used }) => used.get(role))),
    row("**all of Keelson's**", sumOf),
    ...theirs.map((role) => row(`\`${role}\``, ({ roles: used }) => used.get(role))),
  ]);
}

/** The goals that were missed, a line each. */
export function verdict(results: readonly Footprint[]): string[] {
  return goals.flatMap(({ monitoring, memory, cpuPercent }) => {
    const idle = results.find((each) => each.monitoring === monitoring && each.rate === 0);
    if (idle === undefined) return [];
    const sum = sumOf(idle);
    const of = `${headOf(idle)}: ${text(sum)}`;
    const mebibytes = sum.memory / mebibyte;
    return [
      ...(mebibytes > memory ? [`${of}; more than ${String(memory)} MiB`] : []),
      ...(sum.cpuPercent > cpuPercent ? [`${of}; more than ${String(cpuPercent)} %`] : []),
    ];
  });
}

interface Sum {
  readonly memory: number;
  readonly cpuPercent: number;
}

function sumOf({ roles }: Footprint): Sum {
  const ours = [...roles].filter(([role]) => !theirs.includes(role)).map(([, used]) => used);
  return {
    memory: ours.reduce((sum, { memory }) => sum + memory, 0),
    cpuPercent: ours.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0),
  };
}

function headOf({ monitoring, rate }: Footprint): string {
  const load = rate === 0 ? "idle" : `${String(rate)} requests/s`;
  return `${load}, ${monitoring ? "with" : "without"} monitoring`;
}

function text(sum: Sum | undefined): string {
  if (sum === undefined) return "–";
  return `${shown(sum.memory / mebibyte, "MiB")}, ${shown(sum.cpuPercent, "%")}`;
}
