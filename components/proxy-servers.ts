import { mostReplicas } from "../lib/platform.js";

/**
 * The servers of a section, one for each of the app's containers and one for each that there could be: those wait in
 * maintenance, so that another number of containers is a change of servers too, which needs no reload. A single
 * container has a server of its own kind, because there is nothing to go to instead.
 */
export function serverLines(apps: readonly string[], port: number): string[] {
  const [first = ""] = apps;
  const only = apps.length === 1;
  const several = Array.from({ length: mostReplicas }, (_, index) => {
    const app = only ? undefined : apps[index];
    return serverLine(`app-${String(index + 1)}`, app ?? first, port, app !== undefined);
  });
  return ["  balance leastconn", serverLine("app", first, port, only), ...several];
}

/** One that waits leads to a container that there is: Docker's DNS is not asked for names of nobody. */
function serverLine(name: string, app: string, port: number, used: boolean): string {
  return `  server ${name} ${app}:${String(port)} resolvers docker resolve-prefer ipv4 init-addr last,libc,none check inter 1s fall 3 rise 1${used ? "" : " disabled"}`;
}
