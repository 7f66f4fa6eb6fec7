import { diskProblem } from "../../host/preflight.js";
import { renewalDays } from "../doctor/judge.js";
import type { Looked, StatusFacts } from "./facts.js";

/** Share of its connections that a server may have in use. */
const mostConnections = 0.8;
/** Seconds after which an open transaction keeps too much from being cleaned up. */
const longTransaction = 3600;

/** Returns the problems of a stack, a sentence each. */
export function statusProblems(facts: StatusFacts): string[] {
  return [
    ...processProblems(facts),
    ...unknowns(facts),
    ...("found" in facts.running ? facts.running.found.map(({ text }) => text) : []),
    ...siteProblems(facts),
    ...databaseProblems(facts),
    ...backupProblems(facts),
    ...jobProblems(facts),
    ...diskProblems(facts),
  ];
}

function processProblems({ processes, proxy, stack }: StatusFacts): string[] {
  // The containers of before are stopped, and removed at the end of a release.
  const newest = "found" in proxy ? proxy.found?.newest : undefined;
  if (newest?.result === "running") return [];
  const stopped = processes.filter(({ running }) => !running);
  if (stopped.length === 0) return [];
  const names = [...new Set(stopped.map(({ instance }) => instance))].join(", ");
  const verb = stopped.length === 1 ? "does" : "do";
  return [`${names} ${verb} not run; run keelson up --stack ${stack}.`];
}

function unknowns({ running, proxy, database, backups, jobs }: StatusFacts): string[] {
  const looks: readonly (readonly [string, Looked<unknown> | undefined])[] = [
    ["How the containers run is not known", running],
    ["The proxy can't be asked", proxy],
    ["The database does not answer", database],
    ["The backups can't be listed", backups],
    ["How the jobs do is not known", jobs],
  ];
  return looks.flatMap(([what, looked]) =>
    looked !== undefined && "unknown" in looked ? [`${what}: ${looked.unknown}`] : [],
  );
}

function siteProblems({ site, proxy, at }: StatusFacts): string[] {
  const { url, status, error, isUp, validUntil } = site;
  const days = validUntil === undefined ? undefined : daysUntil(validUntil, at);
  const certificate =
    days === undefined || days >= renewalDays
      ? []
      : [`The certificate of ${url} is valid for ${String(days)} days more; renew it.`];
  const isInMaintenance = "found" in proxy && proxy.found?.isInMaintenance === true;
  if (isInMaintenance) {
    return ["Maintenance is on: clients get 503; keelson maintenance off ends it.", ...certificate];
  }
  const answer = status === undefined ? (error ?? "no answer") : `HTTP ${String(status)}`;
  return isUp ? certificate : [`${url} does not answer as it should: ${answer}.`, ...certificate];
}

function databaseProblems({ database }: StatusFacts): string[] {
  if (database === undefined || !("found" in database)) return [];
  const { connections, connectionLimit, oldestTransaction } = database.found;
  return [
    ...(connections < mostConnections * connectionLimit
      ? []
      : [
          `The database has ${String(connections)} of ${String(connectionLimit)} connections in use; look at app.poolSize and postgres.maxConnections.`,
        ]),
    ...(oldestTransaction === null || oldestTransaction < longTransaction
      ? []
      : [
          `A transaction has been open for ${String(Math.floor(oldestTransaction / 60))} minutes, and keeps old rows from being cleaned up; find it by keelson psql: SELECT pid, usename, state, query FROM pg_stat_activity ORDER BY xact_start.`,
        ]),
  ];
}

function backupProblems({ backups }: StatusFacts): string[] {
  if (backups === undefined || !("found" in backups)) return [];
  return backups.found.alerts.map(({ text }) => `Backups: ${text}`);
}

function jobProblems({ jobs, stack }: StatusFacts): string[] {
  if (jobs === undefined || !("found" in jobs)) return [];
  const failing = jobs.found.filter((each) => each.consecutiveFailures >= each.alertFailures);
  return failing.map(({ name, consecutiveFailures: times, last }) => {
    const how = [last?.result, last?.message].filter((each) => each !== undefined).join(": ");
    const runs = times === 1 ? "its last run" : `its last ${String(times)} runs`;
    return `The job ${name} failed in ${runs} (${how}); look at keelson jobs logs ${name} --stack ${stack}.`;
  });
}

function diskProblems({ disk }: StatusFacts): string[] {
  const problem = disk === undefined ? undefined : diskProblem(disk.name, disk.free);
  return problem === undefined ? [] : [problem];
}

/** Whole days. */
export function daysUntil(then: Date, now: Date): number {
  return Math.floor((then.getTime() - now.getTime()) / 86_400_000);
}
