import { spawn } from "node:child_process";
import { once } from "node:events";
import { numberOf, parameter } from "./parameters.js";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** Runs a container that does one thing and is gone; what the step reads and prints is the container's. */
export async function oneShot(context: StepContext): Promise<void> {
  const [name, seconds] = [parameter(context, "ONE_SHOT"), numberOf(context, "ONE_SHOT_TIMEOUT")];
  const args = JSON.parse(parameter(context, "ONE_SHOT_RUN")) as string[];
  // What a run that was killed left of this very one: created but never started, it would stay for good.
  await context.docker(["rm", "--force", name]);
  const child = spawn("docker", ["run", "--name", name, "--rm", ...args], {
    stdio: "inherit",
    env: context.docker.environment ?? process.env,
  });
  let late = false as boolean;
  const timer = setTimeout(() => {
    late = true;
    // Its client ends with it; a client that is signalled would wait for a container that does not.
    void context.docker(["rm", "--force", name]);
  }, seconds * 1000);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  if (late) throw new StepFailure(`${name} did not end within ${String(seconds)} s`);
  if (code !== 0) throw new StepFailure(`${name} ended with ${String(code ?? "a signal")}`);
}
