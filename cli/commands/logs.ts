import { namesOf, prefixOf } from "#config";
import { dockerAt } from "#lib/docker";
import type { Say } from "../io/progress.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { LogsOptions } from "../registrations/logs.js";
import { isNamed, processesOf, requireProcesses, type Process } from "../stack/processes.js";
import { Follower } from "./logs/follower.js";
import { LineFilter } from "./logs/filter.js";
import { Merge } from "./logs/merge.js";
import { LogReader, startDocker, type StartDocker } from "./logs/reader.js";
import { followed, logsRequest, type LogsRequest } from "./logs/request.js";
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
  // A follower waits for a process that is to come.
  if (options.follow !== true || all.length === 0) requireProcesses(all, names);
  const chosen = all.filter((each) => isNamed(each, names));
  const print = printer(options, chosen, say);
  const filter = new LineFilter({ grep: request.grep, level: options.level }, print);
  endQuietly();
  if (options.follow !== true) {
    await readAll(startDocker(docker), chosen, request, filter);
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

async function readAll(
  start: StartDocker,
  containers: readonly Process[],
  { since, tail }: LogsRequest,
  filter: LineFilter,
): Promise<void> {
  const merge = new Merge<Omit<LogLine, "level">>((line) => {
    filter.take(line);
  });
  await Promise.all(
    containers.map(
      (container) =>
        new Promise<void>((resolve) => {
          const { id } = container;
          const options = { since, tail, follow: false };
          const reader = new LogReader(start, container, options, {
            line: (line) => {
              merge.push(id, line.time, line);
            },
            problem: (text) => {
              warn(`${container.name}: ${text}`);
            },
            end: () => {
              merge.end(id);
              resolve();
            },
          });
          merge.begin(id, (hold) => {
            reader.hold(hold);
          });
        }),
    ),
  );
  merge.flush();
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
