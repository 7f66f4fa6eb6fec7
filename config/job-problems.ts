import { longestGap } from "#lib/cron";
import type { JobSettings } from "#components/jobs/settings";
import { runnerVariables } from "#components/jobs/list";
import { seconds } from "#lib/duration";
import { problem } from "#lib/settings";
import type { Settings } from "./settings.js";

/** Returns the problems of the jobs, by themselves and with the other settings, a line each. */
export function jobProblems(settings: Settings): string[] {
  const jobs = Object.entries(settings.jobs);
  return [
    ...jobs.flatMap(([name, job]) =>
      checks.flatMap((check) => check({ path: `jobs.${name}`, job, settings })),
    ),
    ...(jobs.length === 0 ? [] : variables(settings)),
  ];
}

interface Checked {
  readonly path: string;
  readonly job: JobSettings;
  readonly settings: Settings;
}

const checks: readonly ((checked: Checked) => string[])[] = [
  commandOrHttp,
  service,
  headers,
  stale,
];

function commandOrHttp({ path, job: { command, http } }: Checked): string[] {
  if (command === undefined && http === undefined) {
    return [problem(`${path}.command`, "is missing", `set it, or ${path}.http`)];
  }
  if (command === undefined || http === undefined) return [];
  return [problem(`${path}.http`, `is set as well as ${path}.command`, "keep one of them")];
}

function service({ path, job, settings: { services } }: Checked): string[] {
  const { service: name, http } = job;
  if (name === undefined) return [];
  const found = services[name];
  if (found === undefined) {
    const advice = `add services.${name}, correct it, or remove it for the app's image`;
    return [problem(`${path}.service`, `"${name}" is not in services`, advice)];
  }
  if (http === undefined || found.port !== undefined) return [];
  const wrong = `"${name}" listens on no port, and ${path}.http asks it`;
  return [
    problem(`${path}.service`, wrong, `set services.${name}.port, or remove it to ask the app`),
  ];
}

function headers({ path, job: { http } }: Checked): string[] {
  if (http === undefined) return [];
  const names = Object.keys(http.headers);
  const authorization = names.find((name) => name.toLowerCase() === "authorization");
  const at = `${path}.http.headers`;
  return [
    ...(authorization === undefined
      ? []
      : [
          problem(
            `${at}.${authorization}`,
            "is in the list of jobs, which is no secret",
            `name a secret in ${path}.http.bearerSecret`,
          ),
        ]),
    ...names
      .filter((name) => ["content-length", "transfer-encoding"].includes(name.toLowerCase()))
      .map((name) => problem(`${at}.${name}`, "belongs to a body, and there is none", "remove it")),
  ];
}

/** An hour may be between two of its times when the clock is changed. */
function stale({ path, job: { schedule, alert, timeZone } }: Checked): string[] {
  if (alert.staleAfter === undefined) return [];
  const gap = longestGap([schedule]) + (timeZone === "UTC" ? 0 : 3600);
  if (seconds(alert.staleAfter) > gap) return [];
  const wrong = `${alert.staleAfter} is not more than the longest time between two runs of "${schedule}"`;
  const advice = Number.isFinite(gap)
    ? `set more than ${String(Math.ceil(gap / 60))}m, with time for the run itself`
    : "remove it";
  return [problem(`${path}.alert.staleAfter`, wrong, advice)];
}

/** Variables of the runner in a container of jobs, whose environment is the process's. */
function variables({ app, services }: Settings): string[] {
  const all = [
    ["app", app.env] as const,
    ...Object.entries(services).map(([name, { env }]) => [`services.${name}`, env] as const),
  ];
  return all.flatMap(([path, env]) =>
    Object.keys(env)
      .filter((name) => runnerVariables.includes(name))
      .map((name) => problem(`${path}.env.${name}`, "is what jobs are started by", "rename it")),
  );
}
