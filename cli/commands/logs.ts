import { namesOf, prefixOf } from "#config";
import { dockerAt, type Docker } from "#lib/docker";
import type { KeptContainer } from "../documents/logs.js";
import type { Say } from "../io/progress.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { LogsOptions } from "../registrations/logs.js";
import type { StackAddress } from "../stack/proxy.js";
import {
  isNamed,
  processesOf,
  requireProcesses,
  type Process,
  type ProcessName,
} from "../stack/processes.js";
import { history } from "../stack/releases.js";
import { Follower } from "./logs/follower.js";
import { LineFilter } from "./logs/filter.js";
import { collectorOf, containersKept } from "./logs/kept.js";
import { ofRelease } from "./logs/of-release.js";
import { startDocker } from "./logs/reader.js";
import { followed, logsRequest, type LogsRequest } from "./logs/request.js";
import { readAll } from "./logs/sources.js";
import { Starts } from "./logs/starts.js";
import { colouredText, jsonText, plainText, type LogLine } from "./logs/text.js";

/** `keelson logs`: what the processes of a stack have written, merged by time. */
export async function logs(
  names: readonly string[],
  options: LogsOptions,
  say: Say,
): Promise<void> {
  const request = logsRequest(options);
  const target = targetOf(options);
  const settings = settingsOf(target);
  const docker = dockerAt(settings.docker.host);
  const all = await processesOf(docker, settings, target.stack);
  const gone = await goneOf(docker, all, request);
  // A follower waits for a process that is to come.
  if (options.follow !== true || all.length === 0) {
    requireProcesses([...all, ...(gone?.containers ?? [])], names);
  }
  const isChosen = await choice(request, names, { docker, ...namesOf(settings, target.stack) });
  const chosen = all.filter(isChosen);
  const print = printer(options, chosen, say);
  const filter = new LineFilter({ grep: request.grep, level: options.level }, print);
  endQuietly();
  if (options.follow !== true) {
    const kept = gone && { ...gone, containers: gone.containers.filter(isChosen) };
    const sources = { present: chosen, ...(kept === undefined ? {} : { gone: kept }) };
    await readAll(startDocker(docker), sources, request, filter, warn);
    return;
  }
  const of = { ...namesOf(settings, target.stack), prefix: prefixOf(settings, target.stack) };
  const wanted = await followed(request, docker);
  const follower = new Follower(startDocker(docker), wanted, filter, warn);
  const starts = new Starts(startDocker(docker), of);
  stopAtSignals(() => {
    starts.stop();
    follower.stop();
  });
  for (const each of chosen) if (each.running) follower.follow(each);
  await starts.each((started) => {
    if (isNamed(started, names)) follower.follow(started);
  }, warn);
}

/** Returns the containers that are gone, where lines of before are asked for and a collector has kept them. */
async function goneOf(
  docker: Docker,
  all: readonly Process[],
  { tail }: LogsRequest,
): Promise<{ collector: string; containers: KeptContainer[] } | undefined> {
  const collector = collectorOf(all);
  if (collector === undefined || tail !== "all") return undefined;
  const kept = await containersKept(docker, collector);
  const present = new Set(all.map(({ id }) => id));
  return { collector, containers: kept.filter(({ id }) => !present.has(id)) };
}

/** Returns the test for containers that are asked for: by their names, and by their release. */
async function choice(
  { release }: LogsRequest,
  names: readonly string[],
  of: StackAddress,
): Promise<(container: ProcessName & { workload: string; created: string }) => boolean> {
  if (release === undefined) return (each) => isNamed(each, names);
  const isOfRelease = ofRelease(await history(of), release);
  return (each) => isNamed(each, names) && isOfRelease(each);
}

/** A second one ends the command at once. */
function stopAtSignals(stop: () => void): void {
  const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, code] of Object.entries(codes)) {
    process.once(signal, () => {
      process.exitCode = code;
      stop();
    });
  }
}

function printer(
  { json, follow }: LogsOptions,
  chosen: readonly Process[],
  say: Say,
): (line: LogLine) => void {
  const shown = follow === true ? chosen.filter(({ running }) => running) : chosen;
  const width = Math.max(0, ...shown.map(({ instance }) => instance.length));
  const isColoured = process.stdout.isTTY && !process.env["NO_COLOR"];
  const text = json === true ? jsonText : isColoured ? colouredText : plainText;
  return (line) => {
    say(text(line, width));
  };
}

/** As where the output is piped into `head`, which has seen enough. */
function endQuietly(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}

function warn(text: string): void {
  console.error(text);
}
