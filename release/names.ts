import { stackFilters } from "./stack-containers.js";
import { stillWanted, type StepContext } from "./step-context.js";

/** The addresses of a container on its networks. */
const addressFormat = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";

/**
 * Has the names by which processes call each other lead to some containers no more, before these are stopped: a
 * connection that one has taken, and not read from yet, would end without an answer. What they have open goes on, and
 * the other containers of the same process serve. Where that fails it is said, and is no reason to fail.
 * @param containers ids or names
 */
export async function leaveNames(
  context: StepContext,
  containers: readonly string[],
): Promise<void> {
  if (containers.length === 0) return;
  stillWanted(context);
  const { docker } = context;
  const names = await docker(["ps", "--quiet", "--no-trunc", ...stackFilters(context, "name")]);
  if (names.code !== 0) {
    notLed(context, names.stderr);
    return;
  }
  const proxies = wordsIn(names.stdout);
  if (proxies.length === 0) return;
  // One that is gone makes Docker fail, and the others are described all the same.
  const looked = await docker(["container", "inspect", "--format", addressFormat, ...containers]);
  const addresses = wordsIn(looked.stdout);
  if (addresses.length === 0) return;
  const leave = async (proxy: string) => {
    const told = await docker(["exec", proxy, "/usr/local/bin/leave-name", ...addresses]);
    if (told.code !== 0) notLed(context, told.stderr);
  };
  await Promise.all(proxies.map(leave));
}

function notLed({ say }: StepContext, why: string): void {
  say(
    `what other processes of the stack ask of the containers that end now may be cut short: ${why.trim()}`,
  );
}

function wordsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
