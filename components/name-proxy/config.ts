import { instancesAlias } from "#workload/networks";

/** A process that others reach by its name. */
export interface NamedProcess {
  /** Its name on the network, such as `app`. */
  readonly name: string;
  readonly port: number;
  /** Containers that it has, between releases. */
  readonly replicas: number;
  /** HTTP check of its containers; undefined: it takes connections, of whatever protocol. */
  readonly asked?: {
    readonly path: string;
    readonly host: string;
    readonly scheme: string;
    /** As HAProxy takes them: `200-299`. */
    readonly statuses: string;
  };
}

/**
 * HAProxy's configuration of a process's name. It finds the process's containers by their alias, and knows of no
 * release: what refuses a connection, or stops answering, is passed over while another one is there.
 */
export function nameProxyConfig({ name, port, replicas, asked }: NamedProcess): string {
  // Those of a release and of the one before, and one more that is being removed.
  const servers = String(2 * replicas + 1);
  const http = asked !== undefined;
  return [
    "global",
    "  nbthread 1",
    "  maxconn 2000",
    "  stats socket /run/haproxy/admin.sock mode 600 level admin",
    "  log stdout format raw local0 warning",
    "resolvers docker",
    "  nameserver dns 127.0.0.11:53",
    "  accepted_payload_size 8192",
    "  timeout resolve 500ms",
    "  timeout retry 500ms",
    "  hold valid 500ms",
    "  hold obsolete 1s",
    "defaults",
    `  mode ${http ? "http" : "tcp"}`,
    "  log global",
    "  timeout connect 2s",
    "  timeout client 1h",
    "  timeout server 1h",
    "  timeout queue 10s",
    // Another server at once: what refuses a connection only starts, or is about to end.
    "  option redispatch 1",
    "  retries 5",
    ...(http ? httpLines : []),
    "frontend name",
    `  bind :${String(port)}`,
    "  default_backend instances",
    "backend instances",
    "  balance roundrobin",
    ...(asked === undefined ? [] : checkLines(asked)),
    `  default-server check inter 1s fall 1 rise 1 observe ${http ? "layer7" : "layer4"} error-limit 1 on-error mark-down slowstart 2s`,
    `  server-template instance ${servers} ${instancesAlias(name)}:${String(port)} resolvers docker resolve-prefer ipv4 init-addr none`,
    "",
  ].join("\n");
}

const httpLines = [
  "  timeout http-request 30s",
  "  timeout http-keep-alive 75s",
  // A connection that a container closes while the next request is on its way would lose that one.
  "  option http-server-close",
  "  http-reuse never",
  "  retry-on conn-failure empty-response 503",
];

function checkLines({ path, host, scheme, statuses }: NonNullable<NamedProcess["asked"]>) {
  return [
    "  option httpchk",
    `  http-check send meth GET uri ${path} ver HTTP/1.1 hdr Host ${host} hdr X-Forwarded-Proto ${scheme}`,
    `  http-check expect status ${statuses}`,
    // What the process may have begun is not done twice.
    "  http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
  ];
}
