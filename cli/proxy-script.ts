import { ask, labelFilters, type Docker } from "./docker.js";
import { Failure } from "./failure.js";
import { tail } from "./shell.js";

/** Where the proxy of a stack is. */
export interface StackProxy {
  readonly docker: Docker;
  readonly app: string;
  readonly stack: string;
}

/**
 * Runs one of the proxy image's scripts in the running proxy of a stack.
 * @returns what it printed; undefined where no proxy runs
 * @throws Failure that begins with `complaint` when the script fails
 */
export async function inProxy(
  { docker, app, stack }: StackProxy,
  [script, ...words]: readonly [script: "maintenance" | "release" | "releases", ...words: string[]],
  complaint: string,
): Promise<string | undefined> {
  const filters = [...labelFilters(app, stack), "--filter", "label=dev.keelson.workload=proxy"];
  const [proxy = ""] = (await ask(docker, ["ps", "--quiet", ...filters])).split("\n");
  if (proxy === "") return undefined;
  const ended = await docker(["exec", proxy, `/usr/local/bin/${script}`, ...words]);
  if (ended.code === 0) return ended.stdout;
  throw new Failure(`${complaint}: ${tail(ended)}`);
}
