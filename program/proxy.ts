import type { App } from "#components/app";
import { Proxy } from "#components/proxy";
import { Route } from "#components/proxy/route";
import { passwordNames } from "#components/proxy/problems";
import { givenCertificates } from "#components/proxy/haproxy/certificate-files";
import { optionalSecret } from "#components/secrets";
import { picked } from "#lib/picked";
import type { RoutedService } from "#components/proxy/haproxy/routes";
import type { Settings } from "#config";
import { proxyWithPage, servedPage } from "#config/private-paths";
import type { Part, Shared } from "./shared.js";

/** The proxy, which answers 503 until there is a route. */
export function proxyOf({ name, settings, platform, network, image, opts }: Shared) {
  const args = {
    settings: settings.proxy,
    image: image("proxy"),
    network: network.edge,
  };
  const proxy = new Proxy(`${name}-proxy`, args, platform, opts);
  return {
    proxy,
    resources: [proxy],
    containers: { proxy: proxy.containerName },
  } satisfies Part & {
    proxy: Proxy;
  };
}

/** The proxy leads to the app. */
export function routeOf(shared: Shared, { proxy, app }: { proxy: Proxy; app: App }): Part {
  const { name, settings, platform, network, opts, release, secrets } = shared;
  const withPage = proxyWithPage(settings);
  const args = {
    settings: withPage,
    proxy,
    apps: app.containerNames,
    record: app.record,
    services: app.services,
    routed: routedServices(settings),
    release,
    passwords: picked(secrets.values, passwordNames(withPage)),
    given: givenOf(shared),
    watched: settings.monitoring.enabled,
    page: servedPage(settings),
    acme: acmeOf(shared),
    network: network.edge,
  };
  const route = new Route(`${name}-proxy-route`, args, platform, opts);
  return {
    resources: [route],
    containers: { acme: route.acmeContainerName },
    outputs: { url: route.url },
  };
}

function givenOf({ settings, secrets }: Shared) {
  const given = givenCertificates(settings.proxy).flatMap(({ name, secret }) => {
    const value = optionalSecret(secrets, secret);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** The services that the proxy leads to. */
function routedServices({ services }: Settings): RoutedService[] {
  return Object.entries(services).flatMap(([name, { routes, port, replicas, health }]) =>
    routes.length === 0 || port === undefined
      ? []
      : [{ name, port, several: replicas > 1, asked: health.path !== undefined, routes }],
  );
}

function acmeOf({ settings, secrets, image }: Shared) {
  const { mode, acme } = settings.proxy.tls;
  if (mode !== "acme") return undefined;
  const files = {
    HEARTBEAT_URL: optionalSecret(secrets, acme?.heartbeatSecret),
    EAB_KEY_ID: optionalSecret(secrets, acme?.externalAccount?.keyIdSecret),
    EAB_HMAC_KEY: optionalSecret(secrets, acme?.externalAccount?.hmacKeySecret),
  };
  return { image: image("acme"), secrets: files };
}
