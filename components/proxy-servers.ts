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
    return serverLine(`app-${String(index + 1)}`, app ?? first, port, impatient, app !== undefined);
  });
  return [
    // One that is busy gets less, and connections that last are shared out evenly.
    "  balance leastconn",
    serverLine("app", first, port, patient, only),
    ...several,
  ];
}

/** As long as a request is tried again: a container that Docker starts anew is waited for. */
const patient = "check inter 1s fall 4 rise 1";
/** Out as soon as it takes no connection and a check right after says so too. What is open to it is left alone. */
const impatient =
  "check inter 1s fall 3 rise 1 fastinter 100ms observe layer4 error-limit 1 on-error sudden-death";

/** One that waits leads to a container that there is: Docker's DNS is not asked for names of nobody. */
function serverLine(name: string, app: string, port: number, how: string, used: boolean): string {
  return `  server ${name} ${app}:${String(port)} resolvers docker resolve-prefer ipv4 resolve-opts allow-dup-ip init-addr last,libc,none ${how}${used ? "" : " disabled"}`;
}
