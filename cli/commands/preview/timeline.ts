/** Duration of a container's last start, as its `ready` step has recorded it. */
export interface Measured {
  /** Seconds from its creation until it was found healthy. */
  readonly start?: number;
  /** Seconds from the signal that stopped the one before it until it was found healthy. */
  readonly restart?: number;
}

// A start that Docker made later, as after a reboot, is not the one that was waited for.
const sameStart = 60;
// Docker keeps so many probes: when all are good, the first good one may be forgotten.
const keptProbes = 5;

/** Reads the lines that release/timeline.ts prints. */
export function measured(text: string | undefined): Measured {
  const lines = (text ?? "").split("\n").map((line) => line.trim().split(" "));
  const first = (word: string) => lines.find(([each]) => each === word)?.[1];
  const id = first("container");
  const [created, started] = [first("created"), first("started")].map(secondsOf);
  const events = lines.filter(([word]) => word === "event").map(eventOf);
  if (id === undefined || created === undefined || started === undefined) return {};
  if (started - created > sameStart) return {};
  const told = events.find((each) => each.id === id && each.what === "health_status: healthy");
  const healthy = told?.at ?? firstGood(lines);
  if (healthy === undefined) return {};
  const before = events.findLast((each) => each.what === "destroy" && each.id !== id);
  const stopped = events.find((each) => each.what === "kill" && each.id === before?.id);
  return {
    start: healthy - created,
    ...(stopped === undefined ? {} : { restart: healthy - stopped.at }),
  };
}

function firstGood(lines: readonly string[][]): number | undefined {
  const probes = lines.filter(([word]) => word === "probe");
  const good = probes.findIndex(([, code]) => code === "0");
  if (good === 0 && probes.length >= keptProbes) return undefined;
  return secondsOf(probes[good]?.[2]?.replaceAll('"', ""));
}

function eventOf([, nanoseconds, id, ...what]: readonly string[]) {
  return { at: Number(nanoseconds) / 1e9, id, what: what.join(" ") };
}

function secondsOf(time: string | undefined): number | undefined {
  const milliseconds = Date.parse(time ?? "");
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}
