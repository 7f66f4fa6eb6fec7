import type { PageFacts, Series } from "#page/facts";

/** When the fixture's page was made. */
export const pageMoment = new Date("2026-03-02T12:00:00Z");

const minute = 60_000;
const hour = 60 * minute;
const ago = (ms: number) => new Date(pageMoment.getTime() - ms);

/** A day in steps of a quarter of an hour, with the swing of a day. @param value from the hour of the day */
export function overDay(value: (hours: number, index: number) => number | null): Series {
  const from = ago(24 * hour);
  const values = Array.from({ length: 97 }, (_, index) => value((12 + index / 4) % 24, index));
  return { from, step: 15 * minute, values };
}

/** Like noise, and the same in every run. */
const wobble = (index: number, by: number) =>
  1 + by * Math.sin(index * 12.9898) * Math.cos(index * 4.1);
const swing = (hours: number) => 1.2 - Math.cos(((hours - 3) / 24) * 2 * Math.PI);
const round = (value: number) => Math.round(value * 1e6) / 1e6;

/** Facts of a stack on which nothing is wrong, with all that a page can show. */
export const soundPage: PageFacts = {
  name: "shop-prod",
  at: pageMoment,
  site: {
    state: "up",
    url: "https://shop.example.com/ready",
    answer: "HTTP 200",
    milliseconds: 8,
  },
  alerts: [],
  problems: [],
  releases: [
    {
      id: "v14",
      result: "live",
      version: "1.4.1",
      commit: "9f8e7d6c5b4a39281706",
      who: "kim",
      begin: ago(3 * hour),
      switched: ago(3 * hour - minute),
    },
    {
      id: "v13",
      result: "rolled-back",
      version: "1.4.0",
      commit: "1122334455667788990a",
      who: "robin",
      begin: ago(9 * hour),
      switched: ago(9 * hour - minute),
      reason: "3.2 % of the answers were 5xx, before it 0 %",
    },
    {
      id: "v12",
      result: "superseded",
      version: "1.3.9",
      commit: "0123456789abcdef0123",
      who: "kim",
      begin: ago(51 * hour),
      switched: ago(51 * hour - minute),
    },
  ],
  traffic: {
    requests: overDay((hours, index) => round(9 * swing(hours) * wobble(index, 0.15))),
    errors: overDay((_, index) => (index >= 60 && index < 62 ? 0.9 : 0)),
    p50: overDay((hours, index) => round(0.012 * (1 + 0.2 * swing(hours)) * wobble(index, 0.1))),
    // The exporter was not asked for half an hour.
    p99: overDay((hours, index) =>
      index > 20 && index < 23 ? null : round(0.11 * (1 + 0.4 * swing(hours)) * wobble(index, 0.3)),
    ),
  },
  processes: [
    process("proxy", 41e6, 268e6, 0.6),
    process("app-1", 212e6, 268e6, 12.3),
    process("app-2", 180e6, 268e6, 11.8),
    process("postgres", 390e6, 1073e6, 4.1),
    process("worker", 97e6, 268e6, 0.2),
    process("backup", 12e6, 268e6, 0),
  ],
  database: {
    size: 31.3e9,
    connections: 23,
    connectionLimit: 100,
    longestQuery: 0.25,
    oldestTransaction: null,
    sizeOverDay: overDay((_, index) => Math.round(31.1e9 + index * 1.4e6)),
    connectionsOverDay: overDay((hours, index) =>
      Math.round(18 * swing(hours) * wobble(index, 0.2)),
    ),
  },
  backups: {
    restorableFrom: new Date("2026-02-01T02:00:13Z"),
    newest: { at: ago(9 * hour), bytes: 31.2e9 },
    proofs: Array.from({ length: 30 }, (_, index) => {
      const at = ago((29 - index) * 24 * hour + 8 * hour);
      return index === 17
        ? { at, kind: "latest", proven: false, error: "a row count differs" }
        : {
            at,
            kind: index % 7 === 0 ? "time" : "latest",
            proven: true,
            rpo: Math.round(38 * wobble(index, 0.5)),
            rto: Math.round(190 * wobble(index, 0.2)),
          };
    }),
  },
  jobs: [
    job("invoices", "0 6 * * *", 30, [21]),
    job("send-mails", "*/5 * * * *", 30, []),
    job("reindex", "0 3 * * 0", 6, []),
  ],
  certificate: { name: "shop.example.com", validUntil: new Date("2026-04-02T12:00:00Z") },
  disks: [
    { name: "data", size: 400e9, free: 152e9 },
    { name: "backups", size: 400e9, free: 61e9 },
    { name: "/var/lib/docker", size: undefined, free: 152e9 },
  ],
  outages: {
    from: ago(15 * 24 * hour),
    incidents: [{ from: ago(6.5 * 24 * hour), to: ago(6.5 * 24 * hour - 12 * minute) }],
  },
};

/** Facts of a stack on which much is wrong. */
export const wrongPage: PageFacts = {
  ...soundPage,
  site: { ...soundPage.site, state: "down", answer: "HTTP 503", milliseconds: 5003 },
  alerts: [
    {
      name: "KeelsonDiskFilling",
      severity: "warning",
      since: ago(5 * hour),
      summary: "shop-prod: the disk of backups is 85% full",
      action: "Raise the disk, or keep fewer backups.",
      isMuted: true,
    },
    {
      name: "KeelsonMemoryHigh",
      severity: "warning",
      since: ago(2 * hour),
      summary: "shop-prod: shop-prod-app-1-0c1d2e3 uses 94.1% of its memory",
      action: "Beyond its limit it is killed: raise the memory of app in the settings.",
      isMuted: false,
    },
    {
      name: "KeelsonSiteDown",
      severity: "critical",
      since: ago(4 * minute),
      summary: "shop-prod: the site does not answer",
      action:
        "keelson doctor names what does not run; keelson rollback if a release has just gone live.",
      isMuted: false,
    },
  ],
  problems: [
    "queue does not run; run keelson up --stack prod.",
    "https://shop.example.com/ready does not answer as it should: HTTP 503.",
  ],
  processes: [
    { ...process("app-1", 252e6, 268e6, 98.2), restarts: 3 },
    { name: "queue", state: "stopped", isWell: false, since: undefined, restarts: 1 },
    ...soundPage.processes.slice(2),
  ],
  outages: {
    from: ago(15 * 24 * hour),
    incidents: [
      { from: ago(6.5 * 24 * hour), to: ago(6.5 * 24 * hour - 12 * minute) },
      { from: ago(4 * minute), to: undefined },
    ],
  },
};

/** Facts of a stack without monitoring, database, backups and releases. */
export const barePage: PageFacts = {
  name: "shop-local",
  at: pageMoment,
  site: { state: "up", url: "http://127.0.0.1:8080/", answer: "HTTP 200", milliseconds: 3 },
  alerts: undefined,
  problems: [],
  releases: [],
  traffic: undefined,
  processes: [{ name: "proxy", state: "running", isWell: true, since: ago(hour), restarts: 0 }],
  database: undefined,
  backups: undefined,
  jobs: undefined,
  certificate: undefined,
  disks: [],
  outages: undefined,
};

function process(name: string, used: number, limit: number, cpuPercent: number) {
  return {
    name,
    state: "healthy",
    isWell: true,
    since: ago(name.startsWith("app") ? 3 * hour : 240 * hour),
    restarts: 0,
    memory: { used, limit },
    cpuPercent,
    memoryOverDay: overDay((_, index) => Math.round(used * wobble(index, 0.08))),
  };
}

function job(name: string, schedule: string, count: number, failed: readonly number[]) {
  return {
    name,
    schedule,
    next: new Date(pageMoment.getTime() + 18 * hour),
    runs: Array.from({ length: count }, (_, index) => ({
      at: ago((count - index) * 24 * hour - 18 * hour),
      result: failed.includes(index) ? ("failed" as const) : ("succeeded" as const),
      seconds: Math.round(40 * wobble(index, 0.4)),
    })),
  };
}
