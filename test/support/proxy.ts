import { haproxyConfig } from "#components/proxy/haproxy/config";
import { passwordHash } from "#components/proxy/haproxy/private-paths";
import { passwordNames } from "#components/proxy/problems";
import type { RoutedService } from "#components/proxy/haproxy/routes";
import { proxySettings } from "#components/proxy/settings";
import { placesFor, withServers } from "#release/haproxy/servers";
import type { Site } from "#workload/release";

/** How the app is asked in these configurations. */
const site: Site = { host: "localhost", scheme: "http", port: 3000, readyPath: "/ready" };

/** The password that every secret of these configurations has. */
export const password = "correct horse battery staple";

/** The proxy's configuration for settings, with the app at port 3000, without its servers. */
export function proxyTemplate(
  settings: object = {},
  {
    several = false,
    services = [],
    slowAfter,
  }: { several?: boolean; services?: readonly RoutedService[]; slowAfter?: number } = {},
): string {
  const parsed = proxySettings.parse(settings);
  const hash = passwordHash(password, "key");
  const passwords = Object.fromEntries(passwordNames(parsed).map((name) => [name, hash]));
  return haproxyConfig({ settings: parsed, site, several, passwords, services, slowAfter });
}

/** The same with the servers of hosts. */
export function proxyConfig(settings: object = {}, ...hosts: string[]): string {
  const apps = hosts.length === 0 ? ["shop-1234567"] : hosts;
  const template = proxyTemplate(settings, { several: apps.length > 1 });
  return withServers(template, placesFor({ app: apps }, template, []));
}

/** The lines of a section that begin with one of `args`, without their indent. */
export function sectionLines(config: string, head: string, ...args: string[]): string[] {
  const lines = config.split("\n");
  const rest = lines.slice(lines.indexOf(head) + 1);
  return rest
    .slice(0, rest.indexOf(""))
    .map((line) => line.trim())
    .filter((line) => args.some((word) => line.startsWith(word)));
}
