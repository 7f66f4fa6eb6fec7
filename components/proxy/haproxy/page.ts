import { pageAddress } from "#lib/platform";
import type { ProxySettings } from "../settings.js";
import { compressionRules } from "./compression.js";

/** The status page, which a container of its own serves. */
export interface PageRoute {
  /** Without a slash at its end. */
  readonly path: string;
}

const section = "status-page";
/** The header by which the container learns that clients get 503; page/stack/answer.ts reads it. */
const maintenanceHeader = "X-Keelson-Maintenance";

const asked = ({ path }: PageRoute) => `path ${path} ${path}/`;

/** Rules that precede those of maintenance: whoever gets 503 can look here. */
export function pageInMaintenance(page: PageRoute | undefined): string[] {
  return page === undefined ? [] : [`  acl passes-maintenance ${asked(page)}`];
}

/** Rules and `use_backend` lines of the page, which wins over the routes of services. @param variable that says which route a request takes */
export function pageRoute(page: PageRoute | undefined, variable: string) {
  if (page === undefined) return { set: [], use: [] };
  return {
    set: [`  http-request set-var(${variable}) str(page) if { ${asked(page)} }`],
    use: [`  use_backend ${section} if { var(${variable}) -m str page }`],
  };
}

/** The section that leads to the page's container, which is there after the proxy. */
export function pageBackend(
  page: PageRoute | undefined,
  { compression }: Pick<ProxySettings, "compression">,
): string[] {
  if (page === undefined) return [];
  const { host, port } = pageAddress;
  return [
    `backend ${section}`,
    // What is the app's own is not for the page.
    "  http-request del-header Cookie",
    `  http-request del-header ${maintenanceHeader}`,
    `  http-request set-header ${maintenanceHeader} on if { var(txn.maintenance) -m found }`,
    ...compressionRules(compression),
    // Who asks while it is not there has his answer at once.
    "  retries 0",
    `  server page ${host}:${String(port)} maxconn 20 resolvers docker resolve-prefer ipv4 init-addr none`,
    "",
  ];
}
