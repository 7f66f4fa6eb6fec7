import { useCheckPaths, writeCheckPaths } from "./haproxy/checks.js";
import { placesIn } from "./haproxy/servers.js";
import { lookAtServers } from "./haproxy/state.js";
import { probeReady, type AskedAs } from "./probe.js";
import { proxyFiles, type ProxySession } from "./proxy-session.js";

/**
 * From now on what serves is judged by whether it lives, no more by whether it is ready: a migration has begun, and a
 * version that compares the database with what it knows would be taken out of service by it, with nothing else to go
 * to. The next release that goes live is judged by its readiness again. A restart of the proxy does not change it.
 * @param asked how it is tried before whether it answers there
 * @returns why it is judged as before: what serves does not answer there with 2xx
 */
export async function judgeByLiveness(
  session: ProxySession,
  path: string,
  asked?: AskedAs,
): Promise<string | undefined> {
  const places = placesIn(await session.read(proxyFiles.configuration));
  const serving = places.filter(({ used, section }) => used && section === "app");
  const [first] = serving;
  if (first !== undefined && asked !== undefined) {
    const { host: container, port } = first;
    const live = { container, port: String(port), path, ...asked };
    const problem = await probeReady(session, live);
    // What it can't be asked by would take it out of service at once.
    if (problem !== undefined) return problem;
  }
  // A switch that was interrupted may have kept others in service than the configuration says.
  const inUse = (await lookAtServers(session)).filter(
    ({ section, inMaintenance }) => first !== undefined && section === "app" && !inMaintenance,
  );
  const paths = new Map([...serving, ...inUse].map(({ server }) => [server, path]));
  await writeCheckPaths(session, paths);
  await useCheckPaths(session, paths);
  return undefined;
}
