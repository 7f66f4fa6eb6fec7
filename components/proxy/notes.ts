import { isIP } from "node:net";
import { bindAddresses } from "./haproxy/ports.js";
import type { ProxySettings } from "./settings.js";

/**
 * Returns notes on the proxy's settings that are right, and may do something else than is meant, a line each.
 * @param others settings of other sections that go by a client's address as well
 */
export function proxyNotes(proxy: ProxySettings, others: readonly string[] = []): string[] {
  const index = bindAddresses(proxy).findIndex((each) => isIP(each) === 6);
  const counting = [...byAddress(proxy), ...others];
  if (index < 0 || counting.length === 0) return [];
  const at = Array.isArray(proxy.bind) ? `proxy.bind[${String(index)}]` : "proxy.bind";
  return [
    `${at}: Docker itself forwards IPv6 to the proxy's network, so that all clients of it have one address, its gateway's; ${counting.join(", ")} ${counting.length === 1 ? "sees" : "see"} one client there`,
  ];
}

/** Settings that go by a client's address. */
function byAddress({
  rateLimits,
  limits,
  privatePaths,
  maintenance,
  trustedProxies,
}: ProxySettings): string[] {
  return [
    ...(rateLimits.length > 0 ? ["proxy.rateLimits"] : []),
    ...(limits.connectionsPerAddress === undefined ? [] : ["proxy.limits.connectionsPerAddress"]),
    ...(privatePaths.some(({ allow }) => allow !== undefined) ? ["proxy.privatePaths"] : []),
    ...(maintenance.allow.length > 0 ? ["proxy.maintenance.allow"] : []),
    ...(trustedProxies.some((each) => each.includes(":")) ? ["proxy.trustedProxies"] : []),
  ];
}
