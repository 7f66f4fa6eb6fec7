import type { Docker } from "../lib/docker.js";
import { ask, labelFilters } from "./docker.js";
import { Failure } from "./failure.js";
import { tail } from "../lib/run-process.js";

/** Where the proxy of a stack is. */
export interface StackProxy {
  readonly docker: Docker;
  readonly app: string;
  readonly stack: string;
}

/** The configuration that the running proxy of a stack follows; undefined where it can't be read. */
export async function proxyRoutes({ docker, app, stack }: StackProxy): Promise<string | undefined> {
  const proxy = await findProxy({ docker, app, stack });
  if (proxy === "") return undefined;
  const ended = await docker(["exec", proxy, "cat", "/config/haproxy.cfg"]);
  return ended.code === 0 ? ended.stdout : undefined;
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
  const proxy = await findProxy({ docker, app, stack });
  if (proxy === "") return undefined;
  const ended = await docker(["exec", proxy, `/usr/local/bin/${script}`, ...words]);
  if (ended.code === 0) return ended.stdout;
  throw new Failure(`${complaint}: ${tail(ended)}`);
}

/** Its container's id; empty where it does not run. */
async function findProxy({ docker, app, stack }: StackProxy): Promise<string> {
  const filters = [...labelFilters(app, stack), "--filter", "label=dev.keelson.workload=proxy"];
  const [proxy = ""] = (await ask(docker, ["ps", "--quiet", ...filters])).split("\n");
  return proxy;
}
