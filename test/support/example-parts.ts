// The processes of a stack's application as Docker has them, and how they are stopped.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { docker } from "./docker.js";
import { runningServices } from "./services/work.js";
import type { Stack } from "./stack.js";

/** A container of the application that runs. */
export interface Part {
  readonly id: string;
  readonly image: string;
  /** `healthy`, `starting`, `unhealthy`; `running` where it has no healthcheck. */
  readonly state: string;
  readonly hostname: string;
  /** Seconds since 1970. */
  readonly startedAt: number;
}

/** The containers of the app and of each service that run, by its name. */
export async function runningParts(stack: Stack): Promise<Record<string, Part[]>> {
  const found = Object.entries(await runningServices(stack));
  return Object.fromEntries(
    await Promise.all(
      found.map(async ([name, ids]) => [name, await Promise.all(ids.map(part))] as const),
    ),
  );
}

async function part(id: string): Promise<Part> {
  const health = "{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}";
  const format = `{{.Image}} ${health} {{.Config.Hostname}} {{.State.StartedAt}}`;
  const fields = (await docker(["inspect", "--format", format, id])).split(" ");
  const [image = "", state = "", hostname = "", startedAt = ""] = fields;
  return { id, image, state, hostname, startedAt: Date.parse(startedAt) / 1000 };
}

/** Images of the parts, by name: what a release replaces and a rollback brings back. */
export async function imagesOf(stack: Stack): Promise<Record<string, string[]>> {
  const parts = Object.entries(await runningParts(stack));
  return Object.fromEntries(parts.map(([name, all]) => [name, all.map(({ image }) => image)]));
}

/** A container that was sent a signal, or ended. */
export interface Stopped {
  readonly id: string;
  /** The signals that it was sent. */
  readonly signals: number[];
  /** When it was sent the first of them, in seconds since 1970. */
  readonly at: number;
  /** When it had ended, in seconds since 1970. */
  endedAt?: number;
}

/** Does work; which containers of a stack were stopped meanwhile, and how. */
export async function stoppedDuring(
  stack: Stack,
  work: () => Promise<unknown>,
): Promise<readonly Stopped[]> {
  const stopped = new Map<string, Stopped>();
  const filters = ["event=kill", "event=die", `label=dev.keelson.stack=${stack.name}`];
  const format = "{{.Actor.ID}} {{.TimeNano}} {{.Action}} {{.Actor.Attributes.signal}}";
  const args = ["events", "--format", format, ...filters.flatMap((each) => ["--filter", each])];
  const child = spawn("docker", args, { stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [id = "", nanoseconds, action, signal] = line.split(" ");
    const at = Number(nanoseconds) / 1e9;
    const each = stopped.get(id) ?? { id, signals: [], at };
    stopped.set(id, each);
    if (action === "kill") each.signals.push(Number(signal));
    else each.endedAt = at;
  });
  try {
    await work();
  } finally {
    const ended = new Promise((resolve) => child.on("close", resolve));
    child.kill();
    await ended;
  }
  return [...stopped.values()];
}
