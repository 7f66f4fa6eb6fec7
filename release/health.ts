import { healthOf, tryInspect } from "./container.js";
import { poll, type StepContext } from "./step-context.js";

/** The result of a health test that was run now. */
export interface HealthTest {
  readonly passes: boolean;
  /** Output of the test and its exit code, for the end of a sentence; empty where it passes. */
  readonly why: string;
  readonly code: number;
  /** Its last line. */
  readonly said: string;
}

/** The command of a health test, to be run in its container; undefined where there is none. */
export function healthCommand([kind, ...args]: readonly string[]): readonly string[] | undefined {
  if (kind === "CMD") return args;
  return kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...args] : undefined;
}

/** A container's healthcheck as Docker has it. */
export interface Healthcheck {
  /** Such as `["CMD", "true"]`. */
  readonly Test?: readonly string[] | null | undefined;
  /** Nanoseconds after which the test has failed; 0 or none: 30 s. */
  readonly Timeout?: number | null | undefined;
}

/** Milliseconds that a test has at least: the start of a program in a container takes seconds on a busy host. */
const leastTime = 10_000;

/**
 * Runs a container's own health test: Docker's first look comes only after an interval. Undefined without a test.
 * It has the time that its settings give it, and not less than 10 s.
 */
export async function runHealthTest(
  { docker }: Pick<StepContext, "docker">,
  container: string,
  check: Healthcheck | null | undefined,
): Promise<HealthTest | undefined> {
  const command = healthCommand(check?.Test ?? []);
  if (command === undefined) return undefined;
  const { code, stdout, stderr } = await docker(["exec", container, ...command], {
    timeoutMs: Math.max(leastTime, (check?.Timeout || 30e9) / 1e6),
  });
  const said = `${stdout}${stderr}`.trim().split("\n").at(-1) ?? "";
  if (code === 0) return { passes: true, why: "", code, said };
  const url = /https?:\/\/[^\s'"]+/.exec(command.join(" "))?.[0];
  const of = url === undefined ? "" : ` of ${url}`;
  const ended = code === 124 ? "does not end" : `ended with ${String(code)}`;
  const why = `its health test${of} ${ended}${said === "" ? "" : `: ${said.slice(0, 300)}`}`;
  return { passes: false, why, code, said };
}

/** The result of a look at a container's health. */
export interface LookedHealthy {
  readonly healthy: boolean;
  /**
   * Its state, and where its health test failed what that said, such as
   * `running/starting, not healthy; its health test ended with 1`.
   */
  readonly health: string;
}

/** Waits until a container's health test passes, for not less than the seconds given. */
export async function lookedHealthy(
  context: StepContext,
  container: string,
  seconds: number,
): Promise<LookedHealthy> {
  let health = "";
  const healthy = await poll(context, seconds, async () => {
    const found = await tryInspect(context, container);
    const state = found === undefined ? "gone" : healthOf(found);
    health = `${state}, not healthy`;
    if (state === "running/healthy") return true;
    if (found?.State.Running !== true || found.State.Health == null) return undefined;
    const test = await runHealthTest(context, container, found.Config.Healthcheck);
    if (test?.passes === true) return true;
    if (test !== undefined) health += `; ${test.why}`;
    return undefined;
  });
  return { healthy: healthy === true, health };
}
