import { useCheckPaths, writeCheckPaths } from "./haproxy/checks.js";
import { placesIn } from "./haproxy/servers.js";
import { proxyFiles, type ProxySession } from "./proxy-session.js";

/**
 * From now on what serves is judged by whether it lives, no more by whether it is ready: a migration has begun, and a
 * version that compares the database with what it knows would be taken out of service by it, with nothing else to go
 * to. The next release that goes live is judged by its readiness again. A restart of the proxy does not change it.
 */
export async function judgeByLiveness(session: ProxySession, path: string): Promise<void> {
  const places = placesIn(await session.read(proxyFiles.configuration));
  const serving = places.filter(({ used, section }) => used && section === "app");
  const paths = new Map(serving.map(({ server }) => [server, path]));
  await writeCheckPaths(session, paths);
  await useCheckPaths(session, paths);
}
