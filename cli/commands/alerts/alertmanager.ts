import { z } from "zod";
import { hostNames, type Settings } from "#config";
import { dockerAt, type Docker } from "#lib/docker";
import { tail } from "#lib/run-process";
import { ourContainers } from "../../io/docker.js";
import { Failure } from "../../io/failure.js";
import { settingsOf, targetOf } from "../../project/target.js";
import type { StackOptions } from "../../registrations/command.js";

/** Programs in the monitoring container, by the addresses at which they listen there. */
const origins = {
  prometheus: "http://127.0.0.1:9090",
  alertmanager: "http://127.0.0.1:9093",
} as const;

/** A stack's monitoring, asked through `docker exec`: it is published nowhere. */
export class MonitoringClient {
  readonly settings: Settings;
  readonly #docker: Docker;
  readonly #id: string;

  constructor(docker: Docker, id: string, settings: Settings) {
    this.#docker = docker;
    this.#id = id;
    this.settings = settings;
  }

  /** Returns the answer of a path, checked. @throws Failure */
  async get<S extends z.ZodType>(
    program: keyof typeof origins,
    path: string,
    schema: S,
  ): Promise<z.output<S>> {
    return schema.parse(JSON.parse(await this.text(program, path)));
  }

  /** Returns the answer of a path as it is. @throws Failure */
  text(program: keyof typeof origins, path: string): Promise<string> {
    return this.#curl([`${origins[program]}${path}`]);
  }

  /** Posts JSON to Alertmanager, and hands back its answer. @throws Failure */
  post(path: string, body: unknown): Promise<string> {
    const json = ["--header", "Content-Type: application/json", "--data-binary", "@-"];
    return this.#curl([...json, `${origins.alertmanager}${path}`], JSON.stringify(body));
  }

  /** @throws Failure */
  async delete(path: string): Promise<void> {
    await this.#curl(["--request", "DELETE", `${origins.alertmanager}${path}`]);
  }

  async #curl(args: readonly string[], input?: string): Promise<string> {
    const curl = ["curl", "--fail-with-body", "--silent", "--show-error", "--max-time", "10"];
    const exec = ["exec", ...(input === undefined ? [] : ["--interactive"]), this.#id];
    const asked = await this.#docker(
      [...exec, ...curl, ...args],
      input === undefined ? {} : { input },
    );
    if (asked.code === 0) return asked.stdout;
    throw new Failure(`Monitoring does not answer: ${asked.stdout.trim() || tail(asked)}`);
  }
}

/** The monitoring of a stack. @throws Failure where it is off, or does not run */
export async function monitoringOf(
  options: StackOptions,
  dockerOf: (host: string | undefined) => Docker = dockerAt,
): Promise<MonitoringClient> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  if (!settings.monitoring.enabled) {
    const advice = "set it to true and run keelson up";
    throw new Failure(`monitoring.enabled: is false for ${target.stack}; ${advice}.`);
  }
  const docker = dockerOf(settings.docker.host);
  const all = await ourContainers(docker, ...hostNames(settings, target.stack));
  const found = all.find(({ workload, running }) => workload === "monitoring" && running);
  if (found !== undefined) return new MonitoringClient(docker, found.id, settings);
  throw new Failure(
    `The stack ${target.stack} has no monitoring container that runs; run keelson up.`,
  );
}

/** Alerts, as Alertmanager lists them. */
export const firingAlerts = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    startsAt: z.string(),
    status: z.object({
      state: z.enum(["active", "suppressed", "unprocessed"]),
      silencedBy: z.array(z.string()),
    }),
  }),
);
export type FiringAlert = z.output<typeof firingAlerts>[number];

/** Silences, as Alertmanager lists them. */
export const silences = z.array(
  z.object({
    id: z.string(),
    endsAt: z.string(),
    status: z.object({ state: z.enum(["active", "pending", "expired"]) }),
    matchers: z.array(z.object({ name: z.string(), value: z.string(), isRegex: z.boolean() })),
  }),
);

/** Rules, as Prometheus lists them. */
export const alertRules = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ name: z.string(), type: z.string() })) })),
  }),
});
