import type { ContainerFate, Fate } from "./containers.js";
import { outageText } from "./downtime.js";
import { imageText } from "./images.js";
import type { Outlook } from "./outlook.js";

/** An outlook for a person: a heading and its lines each. */
export function outlookLines(outlook: Outlook): string[] {
  const rows: [string, readonly string[]][] = [
    ["Containers", containerLines(outlook)],
    ["Downtime", downtimeLines(outlook)],
    ["Migration", [outlook.migration.text]],
    ["Images", imageLines(outlook)],
    ["Data", dataLines(outlook)],
    ["Host", outlook.unasked === undefined ? [] : [outlook.unasked]],
  ];
  return rows.flatMap(([heading, lines]) => headed(heading, lines));
}

/** Returns the outages and their lengths, in lines for a person; `up` prints them too before it begins. */
export function downtimeLines({ first, containers, downtime }: Outlook): string[] {
  const { outages, seconds } = downtime;
  if (outages.length > 0) {
    const each = outages.map(outageText);
    if (outages.length === 1) return each;
    return [seconds === null ? "some:" : `about ${seconds} s in all:`, ...each];
  }
  if (first) return ["none: nothing of this stack runs yet."];
  return containers.some(({ fate }) => fate === "alongside")
    ? ["0 s: the new container of the app answers before the old one ends."]
    : ["0 s."];
}

function imageLines({ images, unasked }: Outlook): readonly string[] {
  if (images.length > 0) return images.map(imageText);
  return unasked === undefined ? ["all that is needed is on the host."] : [];
}

function dataLines({ data, first }: Outlook): readonly string[] {
  if (first && !data.atRisk) return data.notes.length > 0 ? data.notes : ["none is there yet."];
  return data.atRisk ? data.notes : ["kept.", ...data.notes];
}

function containerLines(outlook: Outlook): string[] {
  const { containers, first } = outlook;
  if (first)
    return [
      `${containers.map(({ name }) => name).join(", ")}: made; nothing of this stack runs yet.`,
    ];
  const width = Math.max(...containers.map(({ name }) => name.length));
  return containers.map((each) => {
    const because = each.because.length === 0 ? "" : `: ${each.because.join(", ")}`;
    const more = remark(each, outlook);
    return `${each.name.padEnd(width)}  ${texts[each.fate]}${because}${more === "" ? "" : `; ${more}`}`;
  });
}

const texts: Readonly<Record<Fate, string>> = {
  stays: "stays",
  made: "is made",
  starts: "does not run, and is started",
  alongside: "is replaced, the new one alongside the old",
  restarts: "is stopped, then made again",
  changed: "is changed in place and goes on running",
  removed: "is removed",
  missing: "is gone from the host, and is made again",
};

function remark({ workload, fate }: ContainerFate, { routing }: Outlook): string {
  const { reloads, drainSeconds, reloadLimitSeconds } = routing;
  if (fate === "alongside" && workload === "app" && drainSeconds !== undefined) {
    return `what is open to the old one is ended after ${drainSeconds} s`;
  }
  if (workload !== "proxy" || (fate !== "stays" && fate !== "changed") || reloads === false)
    return "";
  const limit =
    reloadLimitSeconds === undefined ? "" : ` and what is open after ${reloadLimitSeconds} s`;
  const loads = `new configuration without a restart, which ends idle connections${limit}`;
  return reloads === null
    ? `perhaps a ${loads}`
    : `a ${loads}, and resets the counters of rate limits`;
}

function headed(heading: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? heading : "").padEnd(10)}  ${line}`);
}
