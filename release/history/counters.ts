import { z } from "zod";

/** Schema of the counts of requests by the app's clients, and of their results. */
const counts = z.object({
  requests: z.number(),
  /** Those that the proxy gave an error of its own or interrupted. */
  failed: z.number(),
  /** Answers with 5xx of the app itself. */
  errors: z.number(),
});
export type Counts = z.output<typeof counts>;

/** The counters of one worker process of HAProxy, which begin at 0 with it. */
const counters = counts.extend({ worker: z.string() });
export type Counters = z.output<typeof counters>;

/** `Counts` as a record keeps them. */
export const countsSchema = counts;
/** `Counters` as a record keeps them. */
export const countersSchema = counters;

/** Returns the counts of the running worker. @param info output of `show info` @param stat output of `show stat` */
export function countersIn(info: string, stat: string): Counters | null {
  const rows = statRows(stat);
  if (rows.length === 0) return null;
  const told = (name: string) => new RegExp(`^${name}: *(\\d+)`, "m").exec(info)?.[1] ?? "";
  const worker = `${told("Pid")}/${told("Start_time_sec")}`;
  const totals = { requests: 0, bad: 0, cut: 0, answered: 0, refused: 0 };
  for (const row of rows) {
    const [name, server] = [row["pxname"] ?? "", row["svname"]];
    const isHttp = name === "app" || name.startsWith("service-");
    if (isHttp && server === "BACKEND") {
      totals.requests += count(row["req_tot"]);
      totals.bad += count(row["hrsp_5xx"]);
      totals.cut += count(row["srv_abrt"]);
    } else if (isHttp && server !== "FRONTEND") {
      totals.answered += count(row["hrsp_5xx"]);
    } else if (name.startsWith("tcp-") && server === "BACKEND") {
      totals.requests += count(row["stot"]);
      totals.refused += count(row["econ"]);
    }
  }
  // What no server has answered is the proxy's own answer.
  const own = Math.max(0, totals.bad - totals.answered);
  const failed = own + totals.cut + totals.refused;
  return { worker, requests: totals.requests, failed, errors: totals.answered };
}

/** The rows of `show stat`, by the names of its columns. */
export function statRows(stat: string): Readonly<Record<string, string>>[] {
  const [head = "", ...lines] = stat.split("\n").filter((line) => line !== "");
  if (!head.startsWith("# ")) return [];
  const names = head.slice(2).split(",");
  return lines.map((line) => {
    const fields = line.split(",");
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ""]));
  });
}

/** A field of `show stat` as a number; empty ones count nothing. */
export function count(field: string | undefined): number {
  return Number(field === undefined || field === "" ? 0 : field);
}

/** Adds what was counted since the counters were last looked at; another worker has counted from 0. */
export function counted<T extends { counters: Counters | null; counted: Counts }>(
  of: T,
  now: Counters | null,
): T {
  if (now === null) return of;
  if (of.counters === null) return { ...of, counters: now };
  const before = of.counters.worker === now.worker ? of.counters : nothing;
  const more = each((key) => Math.max(0, now[key] - before[key]));
  return { ...of, counters: now, counted: each((key) => of.counted[key] + more[key]) };
}

/** Before anything was counted. */
export const nothing: Counts = { requests: 0, failed: 0, errors: 0 };

function each(value: (key: keyof Counts) => number): Counts {
  return { requests: value("requests"), failed: value("failed"), errors: value("errors") };
}
