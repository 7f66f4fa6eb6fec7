import { z } from "zod";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** Schema of a container from Docker, as far as a release reads it. */
const inspected = z.object({
  Id: z.string(),
  Name: z.string().transform((name) => name.replace(/^\//, "")),
  Image: z.string(),
  RestartCount: z.number(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    OOMKilled: z.boolean().default(false),
    ExitCode: z.number(),
    /** The reason why Docker could not start it; empty where it could. */
    Error: z.string().default(""),
    StartedAt: z.string(),
    Health: z
      .object({
        Status: z.string(),
        Log: z
          .array(z.object({ ExitCode: z.number(), Output: z.string() }))
          .nullish()
          .transform((log) => log ?? []),
      })
      .nullish(),
  }),
  Config: z.object({
    Healthcheck: z
      .object({ Test: z.array(z.string()).nullish(), Timeout: z.number().nullish() })
      .nullish(),
  }),
});
export type Inspected = z.output<typeof inspected>;

/** @throws StepFailure where there is none, or Docker does not answer */
export async function inspect({ docker }: StepContext, container: string): Promise<Inspected> {
  const found = await tryInspect({ docker }, container);
  if (found === undefined) throw new StepFailure(`${container}: there is no such container`);
  return found;
}

/** Undefined where there is none. @throws StepFailure where Docker does not answer */
export async function tryInspect(
  { docker }: Pick<StepContext, "docker">,
  container: string,
): Promise<Inspected | undefined> {
  const { code, stdout, stderr } = await docker(["container", "inspect", container]);
  if (code === 0) return z.tuple([inspected]).parse(JSON.parse(stdout))[0];
  if (/no such container/i.test(stderr)) return undefined;
  throw new StepFailure(`docker: ${stderr.trim()}`);
}

/** Its state and health as Docker names them, such as `running/healthy`. */
export function healthOf({ State }: Inspected): string {
  return `${State.Status}/${State.Health?.Status ?? ""}`;
}

/**
 * Exit code of a container that has ended, and memory where that was the reason. Undefined while it runs: Docker
 * forgets both when it starts it again.
 * @param section path of its settings
 */
export function describeEnd({ State }: Inspected, section = "app"): string | undefined {
  if (State.Status === "running") return undefined;
  const memory = State.OOMKilled ? `, killed for memory (${section}.memory)` : "";
  return `${String(State.ExitCode)}${memory}`;
}

/**
 * Starts a container that was stopped, as by a run that failed.
 * @returns what Docker says of it @throws StepFailure where it does not start
 */
export async function startIfStopped(context: StepContext, container: string): Promise<Inspected> {
  const found = await inspect(context, container);
  // One that crashes is started again by Docker itself.
  if (found.State.Running || found.State.Status === "restarting") return found;
  const { code, stderr } = await context.docker(["start", container]);
  if (code !== 0) throw new StepFailure(`${container}: it does not start: ${stderr.trim()}`);
  return inspect(context, container);
}

/** The last lines of its log, a line each. */
export async function lastLines(
  { docker }: StepContext,
  container: string,
  lines = 50,
): Promise<string[]> {
  const found: string[] = [];
  // Both of its outputs, in their order as far as it can be had.
  await docker(["logs", "--tail", String(lines), container], { line: (line) => found.push(line) });
  return found;
}

/** Sets how many processes it may have, which Docker's provider can't. @throws StepFailure */
export async function limitProcesses(
  { docker }: StepContext,
  container: string,
  pids: string,
): Promise<void> {
  const { code, stderr } = await docker(["update", "--pids-limit", pids, container]);
  if (code === 0) return;
  throw new StepFailure(`${container}: its process limit can't be set: ${stderr.trim()}`);
}
