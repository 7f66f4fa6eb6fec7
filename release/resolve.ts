import type { ProxySession } from "./proxy-session.js";
import { poll, type Waiting } from "./step-context.js";

/** The addresses of containers by name, waited for until each has one; none for those that have none after so many seconds. */
export async function resolveAll(
  waiting: Waiting,
  session: ProxySession,
  hosts: readonly string[],
  seconds: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  let found: ReadonlyMap<string, readonly string[]> = new Map();
  await poll(waiting, seconds, async () => {
    found = await session.addresses(hosts);
    return [...found.values()].every((addresses) => addresses.length > 0) ? true : undefined;
  });
  return found;
}
