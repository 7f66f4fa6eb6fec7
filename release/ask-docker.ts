import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";

/** What a `docker` command prints. @throws StepFailure with Docker's own words where it fails */
export async function askDocker(
  { docker }: Pick<StepContext, "docker">,
  words: readonly string[],
): Promise<string> {
  const { code, stdout, stderr } = await docker(words);
  if (code === 0) return stdout.trim();
  throw new StepFailure(`docker ${words.slice(0, 2).join(" ")}: ${stderr.trim()}`);
}
