// A process on a stack's own network that calls others by their names.
import { docker, tryDocker } from "./docker.js";
import { addressOn, instancesOf } from "./inspect.js";
import type { Stack } from "./stack.js";

/** Calls by URL, those that were not answered with 200 as a line each. */
export interface Called {
  readonly answered: number;
  readonly failed: readonly string[];
}

/** Calls each URL some times a second, on a new connection each time, until it is stopped. */
export async function callers(
  stack: Stack,
  ...urls: string[]
): Promise<{ stop: () => Promise<Called> }> {
  const [proxy] = await instancesOf(stack, "proxy");
  if (proxy === undefined) throw new Error(`${stack.name} has no proxy`);
  const { network } = addressOn(proxy, "edge");
  const loop = `while :; do curl --silent --output /dev/null --max-time 10 --write-out '%{http_code} %{url} %{errormsg}\n' "$1"; sleep 0.1; done`;
  const name = `${stack.name}-caller`;
  const all = urls.map((url) => `sh -c '${loop.replaceAll("'", `'\\''`)}' sh '${url}' &`).join(" ");
  const run = ["run", "--detach", "--init", "--name", name, "--network", network];
  await tryDocker(["rm", "--force", name]);
  await docker([...run, "--entrypoint", "sh", proxy.Config.Image, "-c", `${all} wait`]);
  return {
    stop: async () => {
      const log = await docker(["logs", name]);
      await docker(["rm", "--force", name]);
      const lines = log.split("\n").filter((line) => line !== "");
      return { answered: lines.length, failed: lines.filter((line) => !line.startsWith("200 ")) };
    },
  };
}
