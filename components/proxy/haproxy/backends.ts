// The sections that lead to containers of the application over HTTP.
import { checksFile } from "#release/haproxy/checks";
import { answeredByAnother, preferenceRules } from "#release/haproxy/preference";
import { serversMark } from "#release/haproxy/servers";
import { watchTable } from "#release/watch/answers";
import type { Site } from "#workload/release";
import type { ProxySettings } from "../settings.js";
import { compressionRules } from "./compression.js";
import { latencyRules } from "./metrics.js";
import type { PageRoute } from "./page.js";
import type { PasswordHash } from "./private-paths.js";
import { watchCounter } from "./rate-limits.js";
import { prefixRules, serviceSection, type RoutedService } from "./routes.js";

/** Inputs of the proxy's configuration. */
export interface ProxyRoute {
  readonly settings: ProxySettings;
  readonly site: Site;
  /** The app has more containers than one. */
  readonly several: boolean;
  /** HAProxy shows its metrics inside the stack's network; default false. */
  readonly watched?: boolean;
  /** Seconds until an answer begins, beyond which the watch over a release counts it as slow; default: none is. */
  readonly slowAfter?: number | undefined;
  /** Services that have routes of their own; default none. */
  readonly services?: readonly RoutedService[];
  /** The status page; default none. */
  readonly page?: PageRoute | undefined;
  /** Hashes of the passwords of private paths, by the secret's name; default none. */
  readonly passwords?: Readonly<Record<string, PasswordHash>>;
}

/** A section of one kind of container. */
interface Backend {
  readonly section: string;
  readonly several: boolean;
  /** HAProxy's checks of a server. */
  readonly checks: readonly string[];
  /** The name of a service, which its answers are counted apart by; undefined: the app. */
  readonly service?: string;
  readonly port: number;
  /** Rules that follow those that look at the path. */
  readonly rules?: readonly string[];
}

/** The app's section, and those of services that have routes. */
export function backends(route: ProxyRoute): string[] {
  const { site, several, services = [] } = route;
  const app = { section: "app", several, checks: appChecks(site), port: site.port };
  return [
    ...backend(route, app),
    ...services.flatMap((service) =>
      backend(route, {
        section: serviceSection(service.name),
        several: service.several,
        checks: serviceChecks(service, site),
        service: service.name,
        port: service.port,
        rules: prefixRules(service.name, services),
      }),
    ),
  ];
}

function backend({ settings, watched, slowAfter }: ProxyRoute, of: Backend): string[] {
  return [
    `backend ${of.section}`,
    ...of.checks,
    ...retryLines(of.several),
    // What has surely not reached the app is sent again, and what may be repeated if no answer has begun.
    "  retry-on conn-failure empty-response",
    "  http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
    ...compressionRules(settings.compression),
    ...watchRules(settings, of.service, slowAfter),
    ...(watched === true ? latencyRules(settings.rateLimits) : []),
    ...(of.rules ?? []),
    "  balance leastconn",
    ...preferenceRules(of.section, "http-request"),
    serversMark(of.port, of.service),
    "",
  ];
}

/** As the public asks. The path can change while HAProxy runs: a release brings its own, a migration takes it away. */
function ask(host: string, { scheme }: Site): string[] {
  return [
    "  option httpchk",
    `  http-check send meth GET uri-lf "%[srv_name,map(${checksFile},/)]" ver HTTP/1.1 hdr Host ${host} hdr X-Forwarded-Proto ${scheme}`,
  ];
}

function appChecks(site: Site): string[] {
  return [
    ...ask(site.host, site),
    `  http-check expect status ${site.statuses?.join(",") ?? "200-299"}`,
  ];
}

/**
 * A service's health test is what its release waits for; here any answer but 5xx will do: one of before need not know
 * the path of the one that comes.
 */
function serviceChecks({ asked, routes }: RoutedService, site: Site): string[] {
  if (!asked) return [];
  const host = routes.find((each) => each.host !== undefined)?.host ?? site.host;
  return [...ask(host, site), "  http-check expect ! rstatus ^5"];
}

/**
 * One request that kills whoever answers it must not end them all: it is tried once more, on another container. A
 * single container is waited for while Docker starts it again.
 */
export function retryLines(several: boolean): string[] {
  return [`  retries ${several ? "1" : "3"}`];
}

/** Counts answers by client and first part of the path, for the watch over a release. */
function watchRules(
  { rateLimits }: ProxySettings,
  service: string | undefined,
  slowAfter: number | undefined,
): string[] {
  const counter = String(watchCounter(rateLimits));
  const of = service === undefined ? "" : `${service}:`;
  return [
    `  http-request set-var-fmt(txn.watched) %[src]|${of}%[path,field(2,/)]`,
    `  http-request track-sc${counter} var(txn.watched) table ${watchTable}`,
    // What the version before had to answer is no answer of the new one.
    `  http-response sc-inc-gpc0(${counter}) if ${answeredByAnother}`,
    ...(slowAfter === undefined
      ? []
      : [
          `  http-response sc-inc-gpc1(${counter}) if { res.timer.hdr gt ${String(slowAfter * 1000)} }`,
        ]),
  ];
}
