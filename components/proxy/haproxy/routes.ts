import { pageRoute, type PageRoute } from "./page.js";
import { literal, quoted } from "./text.js";
import { wholeParts } from "./paths.js";

/** A service that the proxy leads to. */
export interface RoutedService {
  readonly name: string;
  /** Port that it listens on. */
  readonly port: number;
  /** It has more containers than one. */
  readonly several: boolean;
  /** Its check asks for a path; else it only has to take connections. */
  readonly asked: boolean;
  readonly routes: readonly {
    readonly host?: string | undefined;
    readonly path?: string | undefined;
    readonly stripPrefix: boolean;
  }[];
}

/** The section of a service. */
export const serviceSection = (name: string) => `service-${name}`;
const variable = "txn.route";

interface Ranked {
  readonly service: string;
  readonly host: string | undefined;
  /** Without a slash at its end; empty: all. */
  readonly path: string;
  readonly stripPrefix: boolean;
  /** Its place among all, and what the variable holds where it is the one. */
  readonly rank: string;
}

/** All routes, the one that wins over another after that: by the length of the path, then by whether there is a host. */
function ranked(services: readonly RoutedService[]): Ranked[] {
  const all = services.flatMap(({ name, routes }) =>
    routes.map(({ host, path = "/", stripPrefix }) => ({
      service: name,
      host,
      path: path.replace(/\/$/, ""),
      stripPrefix,
    })),
  );
  const weight = ({ host, path }: (typeof all)[number]) =>
    path.length * 2 + (host === undefined ? 0 : 1);
  return all
    .toSorted((a, b) => weight(a) - weight(b))
    .map((each, index) => ({ ...each, rank: String(index + 1) }));
}

/** Rules of the frontend that say which route a request takes, and its `use_backend` lines, which come after all rules. */
export function routeRules(services: readonly RoutedService[], page?: PageRoute): string[] {
  const all = ranked(services);
  const set = all.map(({ host, path, rank }) => {
    const conditions = [
      ...(host === undefined ? [] : [`{ req.hdr(host),host_only -i ${host} }`]),
      ...(path === "" ? [] : [`{ path,concat(/) -m beg ${wholeParts(path)} }`]),
    ];
    return `  http-request set-var(${variable}) str(${rank}) if ${conditions.join(" ")}`;
  });
  const use = services.map(({ name }) => {
    const own = all.filter(({ service }) => service === name);
    return `  use_backend ${serviceSection(name)} if { var(${variable}) -m str ${own.map(({ rank }) => rank).join(" ")} }`;
  });
  const ofPage = pageRoute(page, variable);
  return [...set, ...ofPage.set, ...ofPage.use, ...use];
}

/** Rules of a service's section that strip prefixes. They follow whatever looks at the path as the client wrote it. */
export function prefixRules(name: string, services: readonly RoutedService[]): string[] {
  return ranked(services)
    .filter(({ service, stripPrefix }) => service === name && stripPrefix)
    .flatMap(({ path, rank }) => {
      const when = `if { var(${variable}) -m str ${rank} }`;
      const pattern = path.replaceAll(".", "\\.");
      return [
        `  http-request set-header X-Forwarded-Prefix ${literal(path)} ${when}`,
        // Whatever slashes follow: an app may take two at the beginning for another site.
        `  http-request replace-path ${quoted(`^${pattern}/*(.*)$`)} ${quoted("/\\1")} ${when}`,
      ];
    });
}

/** Prefixes that are stripped before a service gets a path. */
export function cutPrefixes(services: readonly RoutedService[]): string[] {
  const cut = ranked(services).filter(({ stripPrefix }) => stripPrefix);
  return [...new Set(cut.map(({ path }) => path))];
}

/** Hosts that a route names: they are sites of their own, which no redirect leads away from. */
export function routeHosts(services: readonly RoutedService[]): string[] {
  const hosts = services.flatMap(({ routes }) => routes.flatMap(({ host }) => host ?? []));
  return [...new Set(hosts)];
}

/** Returns the rules that count the requests with all of them, in `txn.elsewhere`; none where there are no services. */
export function countRules(services: readonly RoutedService[]): string[] {
  return services.map(({ name }, index) => {
    const more = index === 0 ? "" : ",add(txn.elsewhere)";
    return `  http-request set-var(txn.elsewhere) be_conn(${serviceSection(name)})${more}`;
  });
}
