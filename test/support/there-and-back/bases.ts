import type { Wanted } from "./stack.js";

const secrets = [
  "TLS",
  "TLS2",
  "KEY",
  "KEY2",
  "BEAT",
  "S3_KEY",
  "S3_SECRET",
  "S3_CA",
  "PASSPHRASE",
  "EAB",
  "HMAC",
];
const environment = Object.fromEntries(
  secrets.map((name) => [
    name,
    name === "BEAT" ? "https://hc.example.com/1" : `a-long-value-for-${name}`,
  ]),
);

/** Rotations of roles that are not finished. */
const underWay = (roles: readonly string[]) =>
  Object.fromEntries(roles.map((role) => [role, { rotation: 2, previous: true }]));

/** What both stacks say. */
const common = {
  environment: "prod",
  secrets: {
    ...Object.fromEntries(secrets.map((name) => [name, {}])),
    KEY: { pattern: "^a", minLength: 2, optional: true, variable: "KEY" },
    SESSION: { generate: { length: 32, encoding: "text", rotation: 2, previous: true } },
  },
  database: {
    extensions: ["pgcrypto"],
    more: {
      queue: {
        name: "shop_jobs",
        variable: "QUEUE_URL",
        extensions: ["pg_trgm"],
        ownsSchema: true,
        poolSize: 2,
        logins: underWay(["app", "migrator", "readonly"]),
      },
    },
    logins: underWay(["app", "migrator", "readonly", "backup", "monitor"]),
  },
  release: { smoke: [{ path: "/", status: 200, json: { a: "b" } }] },
};

const app = {
  name: "shop",
  migrate: { command: ["migrate"], lockRetries: 5 },
  port: 3000,
  secrets: ["KEY", "SESSION"],
  env: { A: "1", TMPDIR: "/cache" },
  memory: "512MiB",
  tmp: { size: "32MiB" },
  replicas: 2,
  poolSize: 10,
  pids: 256,
  metrics: { path: "/metrics", port: 9100, tokenSecret: "KEY" },
  cpus: 1,
  tmpfs: ["/cache"],
  volumes: [{ name: "uploads", path: "/uploads", keep: true, backup: true }],
  health: { readyPath: "/ready", command: ["probe"], retries: 3, statuses: [200, 204] },
};

/** A stack with an image, a certificate of its own and repositories elsewhere. */
export const files: Wanted = {
  environment,
  sections: {
    ...common,
    images: {
      postgres: "pg:1",
      proxy: "proxy:1",
      jobs: "jobs:1",
      runner: "runner:1",
      acme: "acme:1",
      backup: "backup:1",
      redis: "redis:1",
      monitoring: "monitoring:1",
      page: "page:1",
      logs: "logs:1",
    },
    redis: {
      cache: { for: "cache", variable: "CACHE_URL", cpus: 1 },
      queue: { for: "queue", memory: "128MiB", cpus: 1, keyspaceEvents: "Ex", backup: true },
    },
    app: {
      ...app,
      image: "shop:1.0",
      command: ["serve"],
      version: "1.0",
      gitSha: "abc",
      environmentNames: { prod: "production" },
    },
    logs: {
      enabled: true,
      cpus: 0.5,
      ship: {
        cpus: 0.5,
        http: { url: "https://logs.example.com/in", tokenSecret: "KEY2" },
      },
    },
    monitoring: {
      enabled: true,
      cpus: 0.5,
      deadLetters: { metric: "dead_letters", most: 3 },
      publicUrl: "https://www.example.com/",
      slo: { availability: 99.9, latency: { p99: "500ms" } },
      rules: ["monitoring/stack.rules.yml"],
      page: { path: "/status", passwordSecret: "KEY" },
      alerts: {
        smtp: {
          host: "mail.example.com",
          from: "a@example.com",
          to: ["b@example.com"],
          username: "a",
          passwordSecret: "KEY2",
        },
        webhook: { urlSecret: "BEAT", bearerSecret: "KEY2" },
        slack: { urlSecret: "BEAT", channel: "#ops" },
        ntfy: { urlSecret: "BEAT", tokenSecret: "KEY2" },
        pagerduty: { routingKeySecret: "KEY2", url: "https://events.example.com/v2" },
        heartbeatSecret: "BEAT",
      },
      remoteWrite: {
        url: "https://series.example.com/api/v1/write",
        username: "a",
        passwordSecret: "KEY2",
        caSecret: "S3_CA",
      },
    },
    postgres: {
      maxConnections: 100,
      parameters: { work_mem: "8MB" },
      cpus: 1,
      adminPort: 54320,
      reservedConnections: 15,
    },
    backup: {
      passphraseSecret: "PASSPHRASE",
      heartbeatSecret: "BEAT",
      repositories: [
        {
          endpoint: "s3.example.com",
          bucket: "backups",
          region: "eu-central-1",
          prefix: "/shop",
          uriStyle: "path",
          caSecret: "S3_CA",
          accessKeySecret: "S3_KEY",
          secretKeySecret: "S3_SECRET",
        },
      ],
      keep: { daily: 7, weekly: 4, monthly: 6 },
      drill: { checks: [{ name: "any", sql: "select true" }], heartbeatSecret: "BEAT", cpus: 1 },
      verify: { heartbeatSecret: "BEAT" },
      watch: { heartbeatSecret: "BEAT" },
      cpus: 0.5,
    },
    proxy: {
      domains: ["www.example.com", "example.com"],
      httpPort: 8080,
      httpsPort: 8443,
      cpus: 1,
      tls: { mode: "files", certificateSecret: "TLS" },
      tcp: [{ port: 1982, target: 1982 }],
      trustedProxies: ["10.0.0.0/8"],
      headers: {
        hsts: { maxAge: "7d" },
        permissionsPolicy: "camera=()",
        contentSecurityPolicy: "default-src 'none'",
      },
      compression: { moreTypes: ["text/x-more"] },
      limits: { connectionsPerAddress: 50 },
      healthPath: "/up",
      privatePaths: [
        { path: "/admin", passwordSecret: "KEY" },
        { path: "/metrics", allow: ["10.0.0.0/8"] },
        { path: "/internal", deny: true },
      ],
      rateLimits: [{ path: "/login", requests: 5, per: "1m" }],
      maintenance: { allow: ["10.0.0.0/8"], page: "images/proxy/maintenance.html" },
    },
    release: {
      ...common.release,
      watch: {
        ...{ minRequests: 20, maxErrorShare: 0.05 },
        latency: { limit: "500ms", maxShare: 0.05 },
      },
      keepImages: 5,
    },
  },
};

/** A stack whose images are built, with certificates by ACME and no backups elsewhere. */
export const acme: Wanted = {
  environment,
  sections: {
    ...common,
    app: { ...app, build: { context: "images/sample-app", args: { A: "1" }, secrets: ["KEY2"] } },
    proxy: {
      domains: ["www.example.com"],
      headers: { hsts: { maxAge: "365d", includeSubdomains: true } },
      privatePaths: [{ path: "/metrics", allow: ["10.0.0.0/8"] }],
      tls: {
        mode: "acme",
        acme: {
          email: "ops@example.com",
          agreeTerms: true,
          externalAccount: { keyIdSecret: "EAB", hmacKeySecret: "HMAC" },
          heartbeatSecret: "BEAT",
          schedule: "5 5 * * *",
        },
      },
    },
  },
};

const images = {
  postgres: "pg:1",
  proxy: "proxy:1",
  jobs: "jobs:1",
  acme: "acme:1",
  backup: "backup:1",
};
const proxy = { domains: ["localhost"], tls: { mode: "self-signed" } };

/** A stack of a developer: nothing is kept, nothing is elsewhere. */
export const plain: Wanted = {
  environment: { KEY: "a-value", TLS: "a-certificate" },
  sections: {
    environment: "local",
    images,
    app: {
      name: "shop",
      image: "shop:1.0",
      migrate: { command: ["migrate"] },
      secrets: ["KEY"],
      dev: { mounts: [{ source: "images/sample-app", path: "/src" }], command: ["serve"] },
    },
    secrets: { KEY: {}, TLS: {} },
    proxy,
  },
};

/** A stack whose database is elsewhere, and plain HTTP. */
export const external: Wanted = {
  environment: { DBURL: "postgresql://u:p@db.example.com/shop" },
  sections: {
    ...plain.sections,
    app: { name: "shop", image: "shop:1.0", migrate: { command: ["migrate"] } },
    secrets: { DBURL: {} },
    database: { externalUrlSecret: "DBURL" },
    backup: { enabled: false },
    proxy: { domains: ["localhost"] },
    logs: { enabled: true, ship: { syslog: { host: "logs.example.com", port: 6515, tls: true } } },
  },
};

/** A stack of an app with further processes: a worker, a tool of which there is one, a second site. */
export const services: Wanted = {
  environment: { ...plain.environment, KEY2: "another-value", BEAT: "https://hc.example.com/1" },
  sections: {
    ...plain.sections,
    secrets: { KEY: {}, KEY2: {}, TLS: {}, BEAT: {} },
    images: { ...images, runner: "runner:1", monitoring: "monitoring:1", page: "page:1" },
    proxy: { ...proxy, domains: ["localhost", "other.example.com"] },
    monitoring: {
      enabled: true,
      page: { path: "/status", allow: ["10.0.0.0/8"] },
      remoteWrite: { url: "https://series.example.com/api/v1/write", tokenSecret: "KEY2" },
    },
    services: {
      worker: {
        command: ["work"],
        replicas: 2,
        port: 9000,
        env: { A: "1" },
        secrets: ["KEY2"],
        metrics: { path: "/metrics", port: 9100, tokenSecret: "KEY2" },
        poolSize: 2,
        memory: "512MiB",
        cpus: 1,
        pids: 256,
        tmp: { size: "32MiB" },
        tmpfs: ["/cache"],
        volumes: [{ name: "work", path: "/work", keep: true, backup: true }],
        health: { command: ["probe"], retries: 3 },
        stopSignal: "SIGINT",
      },
      tool: {
        image: "tool:1.0",
        inherit: false,
        exclusive: true,
        port: 7700,
        health: { path: "/up" },
      },
      site: {
        build: { context: "images/sample-app", args: { A: "1" }, secrets: ["KEY2"] },
        command: ["serve"],
        port: 8000,
        routes: [
          { path: "/site", stripPrefix: true },
          { host: "other.example.com", path: "/other" },
        ],
      },
    },
    jobs: {
      tidy: {
        schedule: "5 * * * *",
        command: ["tidy"],
        timeZone: "Europe/Berlin",
        retries: 2,
        overlap: "replace",
        alert: { failures: 2, staleAfter: "3h" },
        heartbeatSecret: "BEAT",
      },
      ask: {
        schedule: "10 3 * * *",
        http: {
          path: "/tick",
          headers: { "X-From": "a" },
          bearerSecret: "KEY2",
          expect: [200, 202],
        },
        timeout: "10m",
      },
      report: { schedule: "20 4 * * 1", command: ["report"], service: "worker" },
    },
  },
};

/** All of them, by name. */
export const bases = { files, acme, plain, external, services };
