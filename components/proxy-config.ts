/** What the proxy's configuration follows from. */
export interface ProxyRoute {
  /** Host names that are answered; the first is the canonical one. */
  readonly domains: readonly string[];
  /** Name of the app's container. */
  readonly app: string;
  readonly port: number;
  /** Path of the app's readiness, which HAProxy asks. */
  readonly readyPath: string;
  readonly tls: "off" | "self-signed" | "files";
  /** Where HTTP and HTTPS are reached from outside: what the app is told, and where redirects lead. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Raw TCP: a port of the proxy to a port of the app. */
  readonly tcp: readonly { readonly port: number; readonly target: number }[];
}

/** Ports inside the proxy's container. */
export const proxyPorts = { http: 8080, https: 8443 } as const;

/** Files of the certificate and its key, inside the proxy's container. */
const certificates = {
  "self-signed": "/config/tls/self-signed.pem",
  files: "/run/secrets/TLS_CERTIFICATE",
} as const;

/** The whole of haproxy.cfg. */
export function haproxyConfig(route: ProxyRoute): string {
  return [
    ...processSection,
    ...defaultsSection,
    ...httpFrontend(route),
    ...appBackend(route),
    ...route.tcp.flatMap((each) => tcpSection(route.app, each)),
    "",
  ].join("\n");
}

const processSection = [
  "# Written by Keelson. A change by hand is lost with the next release.",
  "global",
  "  log stdout format raw local0 info",
  "  stats socket /run/haproxy/admin.sock mode 600 level admin",
  "  hard-stop-after 30s",
  "  maxconn 8000",
  "  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
  "",
];

const defaultsSection = [
  "defaults",
  "  mode http",
  "  log global",
  "  option dontlognull",
  "  option redispatch",
  "  timeout connect 5s",
  "  timeout client 60s",
  "  timeout server 60s",
  "  timeout http-request 10s",
  "  timeout http-keep-alive 60s",
  "  timeout queue 30s",
  // A WebSocket lives as long as both sides say something once an hour.
  "  timeout tunnel 1h",
  "",
  // Docker's DNS: a container that comes back with another address is found again within a second.
  "resolvers docker",
  "  nameserver dns 127.0.0.11:53",
  "  resolve_retries 3",
  "  timeout resolve 1s",
  "  timeout retry 1s",
  "  hold valid 1s",
  "  hold nx 1s",
  "  hold timeout 10s",
  "",
];

function httpFrontend({ domains, tls, httpPort, httpsPort }: ProxyRoute): string[] {
  const secure = tls !== "off";
  const suffix = httpsPort === 443 ? "" : `:${String(httpsPort)}`;
  return [
    "frontend http",
    `  bind :${String(proxyPorts.http)}`,
    ...(secure
      ? [`  bind :${String(proxyPorts.https)} ssl crt ${certificates[tls]} alpn h2,http/1.1`]
      : []),
    // A client cannot claim to be somebody else, or to have come over TLS.
    "  http-request set-header X-Forwarded-For %[src]",
    "  http-request set-header X-Real-IP %[src]",
    "  http-request set-header X-Forwarded-Proto https if { ssl_fc }",
    "  http-request set-header X-Forwarded-Proto http if !{ ssl_fc }",
    "  http-request set-header X-Forwarded-Host %[req.hdr(host)]",
    // Not the port that it came to in this container: the app builds its own URLs from this.
    `  http-request set-header X-Forwarded-Port ${String(httpsPort)} if { ssl_fc }`,
    `  http-request set-header X-Forwarded-Port ${String(httpPort)} if !{ ssl_fc }`,
    "  http-request del-header Forwarded",
    `  acl known-host req.hdr(host),host_only -i ${domains.join(" ")}`,
    '  http-request return status 421 content-type text/plain string "No site of this name is served here.\\n" unless known-host',
    ...(secure
      ? [
          `  http-request redirect code 308 location https://%[req.hdr(host),host_only]${suffix}%[capture.req.uri] unless { ssl_fc }`,
        ]
      : []),
    "  default_backend app",
    "",
  ];
}

function appBackend({ app, port, readyPath }: ProxyRoute): string[] {
  return [
    "backend app",
    `  option httpchk GET ${readyPath}`,
    "  http-check expect status 200",
    // Only what has surely not reached the app is sent again.
    "  retry-on conn-failure",
    "  retries 3",
    `  ${serverLine(app, port)} check inter 1s fall 3 rise 1`,
    "",
  ];
}

function tcpSection(app: string, { port, target }: { port: number; target: number }): string[] {
  return [
    `listen tcp-${String(port)}`,
    `  bind :${String(port)}`,
    "  mode tcp",
    "  option tcplog",
    "  timeout client 1h",
    "  timeout server 1h",
    `  ${serverLine(app, target)} check inter 1s fall 3 rise 1`,
    "",
  ];
}

function serverLine(app: string, port: number): string {
  return `server app ${app}:${String(port)} resolvers docker resolve-prefer ipv4 init-addr last,libc,none`;
}
