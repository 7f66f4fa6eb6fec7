import type { Docker } from "#lib/docker";
import { seconds } from "#lib/duration";
import { ask } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import type { LogsOptions } from "../../registrations/logs.js";

/** A request for logs. */
export interface LogsRequest {
  /** As `docker logs --since` takes it; undefined: from the beginning. */
  readonly since: string | undefined;
  /** As `docker logs --tail` takes it. */
  readonly tail: string;
  readonly grep: RegExp | undefined;
  /** Release whose containers are read; undefined: those of every one. */
  readonly release: string | undefined;
}

/** The request in the options of a command. @throws Failure naming the option that is wrong */
export function logsRequest(options: LogsOptions): LogsRequest {
  const { since, grep, release } = options;
  const { tail = since === undefined && release === undefined ? "100" : "all" } = options;
  if (tail !== "all" && !/^\d{1,9}$/.test(tail)) {
    throw new Failure(`--tail: "${tail}" is no number of lines; write one, or all.`);
  }
  if (release !== undefined && options.follow === true) {
    throw new Failure("--release: what a release has written is not followed; leave out --follow.");
  }
  return {
    since: since === undefined ? undefined : dockerSince(since),
    tail,
    grep: grep === undefined ? undefined : expression(grep),
    release,
  };
}

/**
 * The same request as one that is followed. No lines of before are all since now, by the engine's clock: one that writes
 * nothing until it is restarted would otherwise be shown whole then.
 */
export async function followed(request: LogsRequest, docker: Docker): Promise<LogsRequest> {
  if (request.tail !== "0") return request;
  const now = await ask(docker, ["info", "--format", "{{.SystemTime}}"]);
  return { ...request, since: now, tail: "all" };
}

const time = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** Docker knows no days, and takes a time without its zone for the local one of its client. */
function dockerSince(text: string): string {
  if (/^[1-9]\d*[smhd]$/.test(text)) return `${String(seconds(text))}s`;
  const date = new Date(text.replace(" ", "T"));
  if (time.test(text) && !Number.isNaN(date.getTime())) return date.toISOString();
  throw new Failure(
    `--since: "${text}" is neither a duration nor a time; write 10m, 2h or 7d, or a time with its zone such as 2026-02-03T04:05:06Z.`,
  );
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`--grep: it is no regular expression: ${why}.`);
  }
}
