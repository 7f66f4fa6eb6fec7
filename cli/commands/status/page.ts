import { renameSync, rmSync, writeFileSync } from "node:fs";
import { nameOfDatabase, namesOf, prefixOf } from "#config";
import { watchdog } from "#components/monitoring/alertmanager";
import { publicStatusPage, statusPage } from "#page/page";
import { Failure, messageOf } from "../../io/failure.js";
import type { StatusOptions } from "../../registrations/status.js";
import { history } from "../../stack/releases.js";
import type { Stack } from "../../stack/stack.js";
import { firingAlerts, monitoringOf, type FiringAlert } from "../alerts/alertmanager.js";
import type { StatusFacts } from "./facts.js";
import { pageFacts, type Watched } from "./page-facts.js";
import { daySeries, outagesBefore } from "./series.js";

/** Writes what was found as a page for a browser. @throws Failure where the file can't be written */
export async function writePage(
  file: string,
  of: Stack,
  options: StatusOptions,
  found: { readonly facts: StatusFacts; readonly problems: readonly string[] },
): Promise<void> {
  const { facts, problems } = found;
  const { docker, settings, stack } = of;
  const proxyRuns = "found" in facts.proxy && facts.proxy.found !== undefined;
  const [releases, watched] = await Promise.all([
    proxyRuns ? history({ docker, ...namesOf(settings, stack) }) : [],
    askMonitoring(of, options, facts.at),
  ]);
  const name = prefixOf(settings, stack);
  const all = pageFacts(name, facts, { problems, releases, watched });
  put(file, options.public === true ? publicStatusPage(all) : statusPage(all));
}

/** Returns the facts of monitoring; undefined where it is off, a sentence where it can't be asked. */
async function askMonitoring(
  { settings, stack }: Stack,
  options: StatusOptions,
  at: Date,
): Promise<Watched | undefined> {
  if (!settings.monitoring.enabled) return undefined;
  try {
    const monitoring = await monitoringOf(options);
    const names = { prefix: prefixOf(settings, stack), database: nameOfDatabase(settings) };
    const [alerts, series, outages] = await Promise.all([
      monitoring.get("alertmanager", "/api/v2/alerts", firingAlerts),
      daySeries(monitoring, at, names),
      outagesBefore(monitoring, at),
    ]);
    return { alerts: alerts.filter(isTold), series, outages };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { unknown: messageOf(error) };
  }
}

/** The alert that fires for as long as all is well is for whoever watches monitoring. */
function isTold({ labels }: FiringAlert): boolean {
  return labels["alertname"] !== watchdog;
}

/** Replaces a file at once: a reader meanwhile has the old one, whole. */
function put(file: string, text: string): void {
  const next = `${file}.${String(process.pid)}`;
  try {
    writeFileSync(next, text);
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    const advice = "name a file in a folder that exists and that you may write to";
    throw new Failure(`--html: ${file} can't be written (${messageOf(error)}); ${advice}.`);
  }
}
