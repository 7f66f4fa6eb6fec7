import { haproxyConfig } from "../../components/proxy-config.js";
import { proxySettings } from "../../components/proxy-settings.js";

/** The proxy's configuration for settings, with the app at port 3000 of hosts. */
export function proxyConfig(settings: object = {}, ...hosts: string[]): string {
  const apps = hosts.length === 0 ? ["shop-1234567"] : hosts;
  const parsed = proxySettings.parse(settings);
  return haproxyConfig({ settings: parsed, apps, port: 3000, readyPath: "/ready" });
}

/** The lines of a section that begin with one of `words`, without their indent. */
export function sectionLines(config: string, head: string, ...words: string[]): string[] {
  const lines = config.split("\n");
  const rest = lines.slice(lines.indexOf(head) + 1);
  return rest
    .slice(0, rest.indexOf(""))
    .map((line) => line.trim())
    .filter((line) => words.some((word) => line.startsWith(word)));
}
