import type { SectionFacts } from "#lib/section-facts";
import type { ProxySettings } from "./settings.js";

/** Ports and secrets of the proxy. */
export const proxyFacts: SectionFacts<ProxySettings> = {
  published: ({ bind, httpPort, httpsPort, tls, tcp }) => {
    const edge = (setting: string, port: number) => ({ setting, address: bind, port });
    return [
      edge("proxy.httpPort", httpPort),
      ...(tls.mode === "off" ? [] : [edge("proxy.httpsPort", httpsPort)]),
      ...tcp.map(({ port }, index) => edge(`proxy.tcp[${String(index)}].port`, port)),
    ];
  },
  secretsNamed: ({ tls: { certificateSecret, acme } }) => [
    ["proxy.tls.certificateSecret", certificateSecret],
    ["proxy.tls.acme.heartbeatSecret", acme?.heartbeatSecret],
    ["proxy.tls.acme.externalAccount.keyIdSecret", acme?.externalAccount?.keyIdSecret],
    ["proxy.tls.acme.externalAccount.hmacKeySecret", acme?.externalAccount?.hmacKeySecret],
  ],
};
