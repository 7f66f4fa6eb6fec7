import { pagePath } from "#components/monitoring/page-settings";
import type { ProxySettings } from "#components/proxy/settings";
import type { Settings } from "./settings.js";

/** The page that the proxy leads to; undefined where there is none. */
export function servedPage({ monitoring }: Pick<Settings, "monitoring">) {
  const { enabled, page } = monitoring;
  return enabled && page !== undefined ? { ...page, path: pagePath(page) } : undefined;
}

/** The proxy's settings with all paths that are not open to the world: the status page is one of them. */
export function proxyWithPage(settings: Pick<Settings, "monitoring" | "proxy">): ProxySettings {
  const { proxy } = settings;
  const page = servedPage(settings);
  if (page === undefined || page.public === true) return proxy;
  const { path, allow, passwordSecret } = page;
  return { ...proxy, privatePaths: [...proxy.privatePaths, { path, allow, passwordSecret }] };
}
