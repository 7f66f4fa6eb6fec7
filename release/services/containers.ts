import { secondsSince, stillWanted, type StepContext } from "../step-context.js";
import { stackContainers, type StackContainer } from "../stack-containers.js";
import { StepFailure } from "../step-failure.js";

/** A container of a service on the host. */
export interface ServiceContainer extends StackContainer {
  /** The service's name. */
  readonly service: string;
}

/** Every container of a service of the stack, whichever release made it. @throws StepFailure */
export async function serviceContainers(context: StepContext): Promise<ServiceContainer[]> {
  const all = await stackContainers(context, "service");
  return all.map((each) => ({ ...each, service: each.labels["dev.keelson.service"] ?? "" }));
}

/**
 * Starts a container that is in service, or is to be: Docker starts it again from now on, whatever ends it.
 * @throws StepFailure
 */
export async function bringUp(context: StepContext, id: string, name: string): Promise<void> {
  stillWanted(context);
  await must(context, ["update", "--restart", "unless-stopped", id], name);
  await must(context, ["start", id], name);
}

/**
 * Stops a container in its own time, and sees that it has ended: nothing starts it again, neither Docker nor
 * `keelson up`. Says so where it had to be killed.
 * @throws StepFailure where it does not stop
 */
export async function takeDown(context: StepContext, id: string, name: string): Promise<void> {
  stillWanted(context);
  // Before it is stopped: a restart of Docker meanwhile must not bring it back.
  await must(context, ["update", "--restart", "no", id], name);
  const began = context.now();
  await must(context, ["stop", id], name);
  const format = "{{.State.Running}} {{.State.ExitCode}}";
  const looked = await context.docker(["container", "inspect", "--format", format, id]);
  const [running, exitCode] = looked.stdout.trim().split(" ");
  if (looked.code === 0 && running === "true") throw new StepFailure(`${name} does not stop`);
  const took = `${String(secondsSince(context, began))} s`;
  context.say(
    exitCode === "137"
      ? `${name} did not end within its stopTimeout and was killed after ${took}: the work in hand may be lost; raise stopTimeout, or have it end at the signal (stopSignal)`
      : `${name} is stopped (${took})`,
  );
}

async function must(context: StepContext, args: readonly string[], name: string): Promise<void> {
  const { code, stderr } = await context.docker(args);
  if (code === 0 || /no such container/i.test(stderr)) return;
  throw new StepFailure(`${name}: docker ${args[0] ?? ""}: ${stderr.trim()}`);
}
