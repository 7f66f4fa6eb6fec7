import { usedHosts } from "#release/haproxy/servers";
import { converse, ProxyGone, ProxySession, type Converse } from "#release/proxy-session";
import { liveFile, liveIds, liveIn } from "#release/services/live";
import { StepFailure } from "#release/step-failure";
import type { Docker } from "#lib/docker";
import { ask, labelFilters } from "../io/docker.js";
import { Failure } from "../io/failure.js";

/** A stack on its engine, as its containers are found by. */
export interface StackAddress {
  readonly docker: Docker;
  readonly app: string;
  readonly stack: string;
}

/** Names of the containers that the running proxy of a stack leads to; undefined where that can't be read. */
export async function proxyRoutes({
  docker,
  app,
  stack,
}: StackAddress): Promise<string[] | undefined> {
  const proxy = await findProxy({ docker, app, stack });
  if (proxy === "") return undefined;
  const result = await docker(["exec", proxy, "cat", "/config/haproxy.cfg"]);
  return result.code === 0 ? usedHosts(result.stdout) : undefined;
}

/** Ids of the containers of services that are in service; undefined where that can't be read. */
export async function liveServices(of: StackAddress): Promise<ReadonlySet<string> | undefined> {
  const proxy = await findProxy(of);
  if (proxy === "") return undefined;
  const result = await of.docker(["exec", proxy, "cat", `/config/${liveFile}`]);
  if (result.code === 0) return liveIds(liveIn(result.stdout));
  return /no such file/i.test(result.stderr) ? new Set() : undefined;
}

/**
 * Does something in the running proxy of a stack.
 * @returns what `work` returns; undefined where no proxy runs
 * @throws Failure that begins with `complaint`
 */
export async function withProxySession<T>(
  { docker, app, stack }: StackAddress,
  complaint: string,
  work: (session: ProxySession) => Promise<T>,
  speak: Converse = converse,
): Promise<T | undefined> {
  const proxy = await findProxy({ docker, app, stack });
  if (proxy === "") return undefined;
  const conversation = speak(docker, proxy);
  try {
    return await work(new ProxySession(conversation));
  } catch (error) {
    if (!(error instanceof StepFailure || error instanceof ProxyGone)) throw error;
    throw new Failure(`${complaint}: ${isOld(error) ? tooOld : error.message}`);
  } finally {
    await conversation.close();
  }
}

const tooOld =
  "the image of the running proxy is of an older version of Keelson; run keelson up first";

/** True where the container has no such script. */
function isOld(error: Error): boolean {
  return error instanceof ProxyGone && /\/session.*no such file or directory/.test(error.message);
}

/** Its container's id; empty where it does not run. */
async function findProxy({ docker, app, stack }: StackAddress): Promise<string> {
  const filters = [...labelFilters(app, stack), "--filter", "label=dev.keelson.workload=proxy"];
  const [proxy = ""] = (await ask(docker, ["ps", "--quiet", ...filters])).split("\n");
  return proxy;
}
