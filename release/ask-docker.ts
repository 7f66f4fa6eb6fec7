import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** Returns the output of a `docker` command. @throws StepFailure with Docker's own args where it fails */
export async function askDocker(
  { docker }: Pick<StepContext, "docker">,
  args: readonly string[],
): Promise<string> {
  const { code, stdout, stderr } = await docker(args);
  if (code === 0) return stdout.trim();
  throw new StepFailure(`docker ${args.slice(0, 2).join(" ")}: ${stderr.trim()}`);
}
