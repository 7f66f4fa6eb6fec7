import { z } from "zod";
import type { StackProxy } from "../proxy.js";
import type { ProxySession } from "../proxy-session.js";

/** File of the proxy's volume that says which containers of services are in service. */
export const liveFile = "services.json";

const live = z.record(z.string(), z.array(z.string()));

/** Ids of the containers in service, by the service's name. */
export type LiveServices = Readonly<Record<string, readonly string[]>>;

/** The containers of services that the last release that went live has put into service; none before the first one. */
export async function readLive(session: ProxySession): Promise<LiveServices> {
  return liveIn(await session.read(liveFile));
}

/** The same by the file's text. */
export function liveIn(text: string): LiveServices {
  return text.trim() === "" ? {} : live.parse(JSON.parse(text));
}

/** All of their ids. */
export function liveIds(services: LiveServices): ReadonlySet<string> {
  return new Set(Object.values(services).flat());
}

/** Puts containers into service in the place of all others. Nothing is written where nothing changes. */
export async function writeLive(proxy: StackProxy, services: LiveServices): Promise<void> {
  const text = `${JSON.stringify(services)}\n`;
  await proxy.run(async (session) => {
    const now = await session.read(liveFile);
    // A stack without services never had the file.
    const isNone = now === "" && Object.keys(services).length === 0;
    if (now !== text && !isNone) await session.write(liveFile, text);
  });
}
