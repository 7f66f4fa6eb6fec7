// The proxies that are compared, each in front of the same upstream.
import { proxyConfig } from "#test/support/proxy";

/** A proxy that listens on port 8080 and leads to the upstream. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  readonly image: "proxy" | "bench";
  /** Its configuration, in the file /bench/<name>. */
  readonly config: string;
  /** Command of the container; a proxy of ours is started as it is in a stack, and gets its configuration as in a release. */
  readonly command: readonly string[] | "as in a stack";
}

/** Every setting of the proxy that adds a rule. Limits are where no request of the benchmark meets them. */
const everything = {
  domains: ["localhost", "www.example.com", "example.com"],
  redirects: { canonical: true },
  trustedProxies: ["203.0.113.0/24", "2001:db8::/32"],
  rateLimits: [
    { path: "/auth", requests: 10, per: "1m" },
    { path: "/", requests: 1_000_000, per: "1s" },
  ],
  headers: {
    hsts: { maxAge: "365d" },
    permissionsPolicy: "camera=(), microphone=()",
    contentSecurityPolicy: "default-src 'self'",
  },
  limits: { requestBody: "64MiB", unsizedBodies: "refuse", connectionsPerAddress: 100_000 },
};

/** All of them. */
export function contenders(upstream: string): readonly Contender[] {
  const ours = (name: string, title: string, settings: object): Contender => ({
    name,
    title,
    image: "proxy",
    command: "as in a stack",
    config: proxyConfig(settings, upstream),
  });
  const usual = ours("usual", "Keelson, default settings", {});
  return [
    {
      name: "bare",
      title: "HAProxy, bare",
      image: "proxy",
      config: bareHaproxy(upstream),
      command: ["haproxy", "-W", "-db", "-f", "/bench/bare"],
    },
    ours("keelson", "Keelson, every rule on", everything),
    usual,
    {
      ...usual,
      name: "unrepeated",
      title: "The same, and nothing is asked again",
      config: withoutRepeats(usual.config),
    },
    {
      name: "nginx",
      title: "nginx",
      image: "bench",
      config: nginx(upstream),
      command: ["nginx", "-c", "/bench/nginx"],
    },
    {
      name: "caddy",
      title: "Caddy",
      image: "bench",
      config: caddy(upstream),
      command: ["caddy", "run", "--adapter", "caddyfile", "--config", "/bench/caddy"],
    },
  ];
}

/**
 * As nobody runs it: so that a request can be sent again, HAProxy copies its whole buffer before it is sent at all, and
 * this shows what that costs.
 */
function withoutRepeats(config: string): string {
  const lines = config.split("\n");
  return lines
    .filter((line) => !/^ +(retry-on|http-request disable-l7-retry) /.test(line))
    .join("\n");
}

/** Requests of the benchmark: an answer of an API and a page, both as fast as can be. */
export const questions = [
  { path: "/api/things?page=2", title: "130 bytes of JSON" },
  { path: "/page.html", title: "16 KiB of HTML" },
] as const;
export type Question = (typeof questions)[number];

/** The page, in the file /bench/page.html. */
export const page = `<!doctype html>\n${"<p>Lorem ipsum dolor sit amet.</p>\n".repeat(482)}`;

/** Listens on port 3000. */
export const upstreamConfig = `worker_processes 1;
daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  open_file_cache max=10;
  sendfile on;
  types { text/html html; }
  server {
    listen 3000;
    default_type application/json;
    location / { return 200 '{"status":"ok","text":"${"x".repeat(104)}"}'; }
    location = /page.html { root /bench; }
  }
}
`;

function bareHaproxy(upstream: string): string {
  return `global
  maxconn 8000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend http
  bind :8080
  default_backend app
backend app
  server app ${upstream}:3000
`;
}

/** Connections to the upstream are kept, which nginx does not do unless told. */
function nginx(upstream: string): string {
  return `worker_processes auto;
daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  upstream app {
    server ${upstream}:3000;
    keepalive 256;
    keepalive_requests 1000000000;
  }
  server {
    listen 8080;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
    }
  }
}
`;
}

function caddy(upstream: string): string {
  return `{
  admin off
  auto_https off
}
:8080 {
  reverse_proxy ${upstream}:3000 {
    transport http {
      keepalive_idle_conns_per_host 256
    }
  }
}
`;
}
