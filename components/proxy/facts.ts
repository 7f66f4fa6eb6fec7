import type { SectionFacts } from "#lib/section-facts";
import type { ProxySettings } from "./settings.js";

/** Ports and secrets of the proxy. */
export const proxyFacts: SectionFacts<ProxySettings> = {
  published: ({ bind, httpPort, httpsPort, tls, tcp }) => {
    const edge = (setting: string, port: number) =>
      [bind].flat().map((address) => ({ setting, address, port }));
    return [
      ...edge("proxy.httpPort", httpPort),
      ...(tls.mode === "off" ? [] : edge("proxy.httpsPort", httpsPort)),
      ...tcp.flatMap(({ port }, index) => edge(`proxy.tcp[${String(index)}].port`, port)),
    ];
  },
  secretsNamed: ({ tls: { certificateSecret, certificates, acme }, privatePaths }) => [
    ["proxy.tls.certificateSecret", certificateSecret],
    ...certificates.map(
      (each, index) =>
        [
          `proxy.tls.certificates[${String(index)}].certificateSecret`,
          each.certificateSecret,
        ] as const,
    ),
    ["proxy.tls.acme.heartbeatSecret", acme?.heartbeatSecret],
    ["proxy.tls.acme.externalAccount.keyIdSecret", acme?.externalAccount?.keyIdSecret],
    ["proxy.tls.acme.externalAccount.hmacKeySecret", acme?.externalAccount?.hmacKeySecret],
    ...privatePaths.map(
      ({ passwordSecret }, index) =>
        [`proxy.privatePaths[${String(index)}].passwordSecret`, passwordSecret] as const,
    ),
  ],
};
