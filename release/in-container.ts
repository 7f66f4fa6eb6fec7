import { z } from "zod";
import { parameter } from "./parameters.js";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** Commands in a container that runs, one after the other. */
const commands = z.array(
  z.object({
    args: z.array(z.string()),
    /** It goes on by itself. */
    detached: z.boolean().default(false),
  }),
);

/** Runs commands in a container that runs; the first that fails ends the step. Where told, what they print is its output. */
export async function inContainer(context: StepContext): Promise<void> {
  const container = parameter(context, "CONTAINER");
  for (const { args, detached } of commands.parse(JSON.parse(parameter(context, "COMMANDS")))) {
    const how = detached ? ["--detach"] : [];
    const exec = ["exec", ...how, container, ...args];
    const prints = context.environment["PRINTS"] === "yes";
    const options = detached || prints ? {} : { line: context.say };
    const { code, stdout, stderr } = await context.docker(exec, options);
    if (prints) {
      if (stderr !== "") context.say(stderr.trimEnd());
      if (code === 0) context.print(stdout.trimEnd());
    }
    if (code === 0) continue;
    const failure = context.environment["FAILURE"];
    throw new StepFailure(failure ?? `${args.join(" ")} ended with ${String(code)} (above)`);
  }
}
