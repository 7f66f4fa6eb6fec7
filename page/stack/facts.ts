import { alertFacts } from "../alerts.js";
import type { AlertFacts, DatabaseState, PageFacts, ProcessState, SiteState } from "../facts.js";
import {
  daySeriesIn,
  daySpan,
  lastingName,
  outagesIn,
  outageSpan,
  rangeTo,
  theOne,
  type DaySeries,
} from "../series.js";
import { byLabel, numberIn, type NowAnswers, type OverAnswers } from "./answers.js";
import { backupState } from "./backups.js";
import type { PageInputs, StackFacts } from "./inputs.js";
import { jobFacts } from "./jobs.js";

/** Milliseconds after which a probe or the figures are too old to say something about the present. */
const mostAge = 180_000;
/** The alert that fires for as long as all is well. */
const watchdog = "KeelsonWatchdog";

/** Returns the facts of a page that a stack serves. */
export function stackPageFacts(stack: StackFacts, inputs: PageInputs): PageFacts {
  const { now, over, releases, present } = inputs;
  const day = over && daySeriesOf(over);
  const site = siteState(stack, inputs);
  return {
    name: stack.name,
    at: now.at,
    site,
    alerts: alertsOf(now),
    problems: isStale(inputs)
      ? [
          `Monitoring has written nothing for ${minutes(present.getTime() - now.at.getTime())}: what follows is from before; keelson doctor says whether its container runs.`,
        ]
      : [],
    releases,
    traffic: day?.traffic,
    processes: processes(stack, now, day),
    database: databaseState(now, day),
    backups: backupState(stack, now, over),
    jobs: Object.keys(stack.jobs).length === 0 ? undefined : jobFacts(stack.jobs, now, over),
    certificate: certificateOf(stack, now),
    disks: disks(now),
    outages: over && outagesIn(theOne(over.series("probes"), rangeTo(over.at, outageSpan))),
  };
}

function isStale({ now, present }: PageInputs): boolean {
  return present.getTime() - now.at.getTime() > mostAge;
}

function minutes(milliseconds: number): string {
  return `${String(Math.floor(milliseconds / 60_000))} minutes`;
}

function daySeriesOf(over: OverAnswers): DaySeries {
  const { series } = over;
  const found = {
    requests: series("requests"),
    errors: series("errors"),
    p50: series("p50"),
    p99: series("p99"),
    databaseSize: series("databaseSize"),
    connections: series("connections"),
    memory: series("memory"),
  };
  return daySeriesIn(found, rangeTo(over.at, daySpan));
}

/** The site by its last probe: one of a while ago is not what is now, and what nobody has probed is not up. */
function siteState({ url }: StackFacts, inputs: PageInputs): SiteState {
  const { now, isInMaintenance, present } = inputs;
  const probed = numberIn(now.values("probed"));
  const up = numberIn(now.values("up"));
  if (isInMaintenance) {
    return { state: "maintenance", url, answer: "HTTP 503 to clients", milliseconds: undefined };
  }
  if (probed === undefined || up === undefined || present.getTime() - probed * 1000 > mostAge) {
    return { state: "unknown", url, answer: "not asked for lately", milliseconds: undefined };
  }
  const status = numberIn(now.values("status"));
  const took = numberIn(now.values("seconds"));
  return {
    state: up === 1 ? "up" : "down",
    url,
    answer: status === undefined || status === 0 ? "no answer" : `HTTP ${String(status)}`,
    milliseconds: took === undefined ? undefined : took * 1000,
  };
}

function alertsOf({ alerts }: NowAnswers): AlertFacts[] {
  return alerts.filter(({ labels }) => labels["alertname"] !== watchdog).map(alertFacts);
}

/** Containers that the kernel accounts something to, those of the newest release; what is stopped has an alert. */
function processes(
  { name: prefix }: StackFacts,
  now: NowAnswers,
  day: DaySeries | undefined,
): ProcessState[] {
  const of = (name: Parameters<NowAnswers["values"]>[0]) => byLabel(now.values(name), "container");
  const [used, limits, cpu] = [of("memory"), of("memoryLimit"), of("cpuPercent")];
  const [started, restarts] = [of("started"), of("restarts")];
  const names = [...started.keys()].toSorted();
  return names.map((container) => {
    const [memory, limit] = [used.get(container), limits.get(container)];
    const name = lastingName(container, prefix);
    return {
      name,
      state: "running",
      isWell: true,
      since: new Date((started.get(container) ?? 0) * 1000),
      restarts: restarts.get(container) ?? 0,
      memory: memory === undefined || limit === undefined ? undefined : { used: memory, limit },
      cpuPercent: cpu.get(container),
      memoryOverDay: day?.memory.get(name),
    };
  });
}

function databaseState(now: NowAnswers, day: DaySeries | undefined): DatabaseState | undefined {
  const size = numberIn(now.values("databaseSize"));
  const connections = numberIn(now.values("connections"));
  const connectionLimit = numberIn(now.values("connectionLimit"));
  if (size === undefined || connections === undefined || connectionLimit === undefined) {
    return undefined;
  }
  return {
    size,
    connections,
    connectionLimit,
    oldestTransaction: numberIn(now.values("oldestTransaction")) ?? null,
    sizeOverDay: day?.databaseSize,
    connectionsOverDay: day?.connections,
  };
}

function certificateOf({ url }: StackFacts, now: NowAnswers): PageFacts["certificate"] {
  const until = numberIn(now.values("certificate"));
  if (until === undefined) return undefined;
  return { name: new URL(url).hostname, validUntil: new Date(until * 1000) };
}

/** The disks of the backups' volumes, and the one with the series of monitoring: that of Docker's volumes. */
function disks(now: NowAnswers): PageFacts["disks"] {
  const free = byLabel(now.values("diskFree"), "volume");
  const host = numberIn(now.values("hostDiskFree"));
  const known = [...byLabel(now.values("diskSize"), "volume")].flatMap(([name, size]) => {
    const left = free.get(name);
    return left === undefined ? [] : [{ name, size, free: left }];
  });
  if (host === undefined) return known;
  return [
    ...known,
    { name: "of Docker's volumes", size: numberIn(now.values("hostDiskSize")), free: host },
  ];
}
