import { usedHosts } from "#release/haproxy/servers";
import { converseByActs, ProxyGone, ProxySession, type Converse } from "#release/proxy-session";
import { StepFailure } from "#release/step-failure";
import type { Docker } from "#lib/docker";
import { tail } from "#lib/run-process";
import { ask, labelFilters } from "../io/docker.js";
import { Failure } from "../io/failure.js";

/** Where the proxy of a stack is. */
export interface StackProxy {
  readonly docker: Docker;
  readonly app: string;
  readonly stack: string;
}

/** Names of the containers that the running proxy of a stack leads to; undefined where that can't be read. */
export async function proxyRoutes({
  docker,
  app,
  stack,
}: StackProxy): Promise<string[] | undefined> {
  const proxy = await findProxy({ docker, app, stack });
  if (proxy === "") return undefined;
  const ended = await docker(["exec", proxy, "cat", "/config/haproxy.cfg"]);
  return ended.code === 0 ? usedHosts(ended.stdout) : undefined;
}

/**
 * Runs the proxy image's script `maintenance` in the running proxy of a stack.
 * @returns what it printed; undefined where no proxy runs
 * @throws Failure that begins with `complaint` when the script fails
 */
export async function inProxy(
  { docker, app, stack }: StackProxy,
  words: readonly string[],
  complaint: string,
): Promise<string | undefined> {
  const proxy = await findProxy({ docker, app, stack });
  if (proxy === "") return undefined;
  const ended = await docker(["exec", proxy, "/usr/local/bin/maintenance", ...words]);
  if (ended.code === 0) return ended.stdout;
  throw new Failure(`${complaint}: ${tail(ended)}`);
}

/**
 * Does something in the running proxy of a stack.
 * @returns what `work` returns; undefined where no proxy runs
 * @throws Failure that begins with `complaint`
 */
export async function withProxySession<T>(
  { docker, app, stack }: StackProxy,
  complaint: string,
  work: (session: ProxySession) => Promise<T>,
  speak: Converse = converseByActs,
): Promise<T | undefined> {
  const proxy = await findProxy({ docker, app, stack });
  if (proxy === "") return undefined;
  const conversation = speak(docker, proxy);
  try {
    return await work(new ProxySession(conversation));
  } catch (error) {
    if (!(error instanceof StepFailure || error instanceof ProxyGone)) throw error;
    throw new Failure(`${complaint}: ${error.message}`);
  } finally {
    await conversation.close();
  }
}

/** Its container's id; empty where it does not run. */
async function findProxy({ docker, app, stack }: StackProxy): Promise<string> {
  const filters = [...labelFilters(app, stack), "--filter", "label=dev.keelson.workload=proxy"];
  const [proxy = ""] = (await ask(docker, ["ps", "--quiet", ...filters])).split("\n");
  return proxy;
}
