import type { ProxySettings } from "../settings.js";

/** Ports inside the proxy's container. */
export const proxyPorts = { http: 8080, https: 8443 } as const;

/** First inner port of further addresses, and the number of ports for each. */
const [further, each] = [40_000, 100];

/** A listener of the proxy, at one port of the host and, inside its container, at one for each address. */
interface Listener {
  readonly external: number;
  /** In the order of the addresses. Two bindings of one would have Docker's provider replace the container at every update. */
  readonly internal: readonly number[];
}

/** The addresses of the host that the proxy listens on. */
export function bindAddresses({ bind }: Pick<ProxySettings, "bind">): string[] {
  return [bind].flat();
}

/** Everything that the proxy listens for. */
export function listeners(settings: ProxySettings) {
  const addresses = bindAddresses(settings);
  const at = (external: number, first: number, place: number): Listener => ({
    external,
    internal: addresses.map((_, index) => (index === 0 ? first : further + index * each + place)),
  });
  const secure = settings.tls.mode !== "off";
  return {
    http: at(settings.httpPort, proxyPorts.http, 0),
    https: secure ? at(settings.httpsPort, proxyPorts.https, 1) : undefined,
    tcp: settings.tcp.map(({ port }, index) => at(port, port, index + 2)),
  };
}

/** Ports that are the proxy's own inside its container, whatever is forwarded. */
export function ownPorts(settings: ProxySettings): number[] {
  const { http, https, tcp } = listeners(settings);
  const more = [http, ...(https === undefined ? [] : [https]), ...tcp];
  return [...Object.values(proxyPorts), ...more.flatMap(({ internal }) => internal.slice(1))];
}
