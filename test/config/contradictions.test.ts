import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { SettingsError } from "#lib/settings";

const app = { name: "shop", image: "shop:1.0" };
const build = { context: "." };
const selfSigned = { mode: "self-signed" };
const external = { database: { externalUrlSecret: "DB" }, secrets: { DB: {} } };

/** The problems of an otherwise right stack, `over` laid on it. */
function problemsOf(over: Record<string, unknown>): readonly string[] {
  try {
    settingsFrom({ defaults: { environment: "local", app }, ...over });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("contradictions", () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ["nothing of an ordinary stack", {}, []],
    [
      "image and build",
      { app: { image: "shop:1.0", build } },
      ["app.image: is set together with app.build; keep one of them"],
    ],
    [
      "an extension that a database is to have twice",
      {
        database: {
          extensions: ["pgcrypto", "pgcrypto"],
          more: { queue: { extensions: ["pg_trgm", "citext", "pg_trgm"] } },
        },
      },
      [
        "database.extensions[1]: extension pgcrypto is already taken by database.extensions[0]; choose another extension",
        "database.more.queue.extensions[2]: extension pg_trgm is already taken by database.more.queue.extensions[0]; choose another extension",
      ],
    ],
    [
      "neither image nor build",
      { defaults: {}, environment: "local", app: { name: "shop" } },
      ["app.image: is missing; set it, or app.build"],
    ],
    [
      "a pool that is too big during a release",
      { app: { poolSize: 50 }, postgres: { maxConnections: 100 } },
      [
        "app.poolSize: 50 × 2 during a release + 15 reserved = 115 is more than postgres.maxConnections (100); set it to 42 or less, or raise postgres.maxConnections",
      ],
    ],
    [
      "pools of instances that are too big together",
      { app: { poolSize: 11, replicas: 4 }, postgres: { maxConnections: 100 } },
      [
        "app.poolSize: 11 × 4 instances × 2 during a release + 15 reserved = 103 is more than postgres.maxConnections (100); set it to 10 or less, or raise postgres.maxConnections",
      ],
    ],
    [
      "more instances than there are connections",
      { app: { poolSize: 1, replicas: 16 }, postgres: { maxConnections: 40 } },
      [
        "app.poolSize: 1 × 16 instances × 2 during a release + 15 reserved = 47 is more than postgres.maxConnections (40); lower app.replicas, or raise postgres.maxConnections",
      ],
    ],
    [
      "no pool of an external database",
      { ...external, app: { poolSize: 400 }, backup: { enabled: false } },
      [],
    ],
    ["a pool that just fits", { app: { poolSize: 42 } }, []],
    [
      "memory that is too little for the connections",
      { postgres: { memory: "512MiB", maxConnections: 400 } },
      [
        "postgres.memory: 512MiB is too little for 400 connections; set 1067MiB or more, or lower postgres.maxConnections",
      ],
    ],
    [
      "ports of the host that are used twice",
      {
        proxy: {
          httpPort: 8443,
          httpsPort: 8443,
          tls: { mode: "self-signed" },
          tcp: [{ port: 15_432, target: 1982 }],
        },
      },
      [
        "proxy.httpsPort: port 8443 is already taken by proxy.httpPort; choose another port",
        "postgres.adminPort: port 15432 is already taken by proxy.tcp[0].port; choose another port",
      ],
    ],
    ["no HTTPS port where TLS is off", { proxy: { httpPort: 443 } }, []],
    [
      "raw TCP to the port for HTTP",
      { proxy: { tcp: [{ port: 9000, target: 3000 }] } },
      [
        "proxy.tcp[0].target: 3000 is the app's HTTP port; name the port on which the app speaks raw TCP",
      ],
    ],
    [
      "raw TCP on a port of the proxy's own",
      { proxy: { tcp: [{ port: 8080, target: 1982 }] } },
      [
        "proxy.tcp[0].port: 8080 is the proxy's own inside its container; choose another port than 8080 and 8443",
      ],
    ],
    [
      "a domain twice",
      { proxy: { domains: ["a.com", "b.com", "a.com"] } },
      [
        "proxy.domains[2]: domain a.com is already taken by proxy.domains[0]; choose another domain",
      ],
    ],
    [
      "one variable for two things",
      { app: { variables: { port: "APP_NAME" } } },
      [
        "app.variables.port: variable APP_NAME is already taken by app.variables.name; choose another variable",
      ],
    ],
    ["no variable that is left out", { app: { variables: { port: null, name: null } } }, []],
    [
      "a variable that the platform sets",
      { app: { env: { PORT: "1" }, secrets: ["DATABASE_URL"] }, secrets: { DATABASE_URL: {} } },
      [
        "app.env.PORT: is set by the platform; remove it, or rename app.variables",
        "app.secrets.DATABASE_URL: is set by the platform; remove it, or rename app.variables",
      ],
    ],
    [
      "a variable that is a secret as well",
      { app: { env: { KEY: "x" }, secrets: ["KEY"] }, secrets: { KEY: {} } },
      ["app.env.KEY: is a secret as well; remove it here or in app.secrets"],
    ],
    [
      "secrets that are not there",
      {
        app: { secrets: ["KEY"] },
        backup: { heartbeatSecret: "BEAT" },
        proxy: { tls: { mode: "files", certificateSecret: "CERT" } },
      },
      [
        'app.secrets[0]: "KEY" is not in secrets; add secrets.KEY, or correct it',
        'backup.heartbeatSecret: "BEAT" is not in secrets; add secrets.BEAT, or correct it',
        'proxy.tls.certificateSecret: "CERT" is not in secrets; add secrets.CERT, or correct it',
      ],
    ],
    [
      "a secret twice",
      { app: { secrets: ["KEY", "KEY"] }, secrets: { KEY: {} } },
      ["app.secrets[1]: secret KEY is already taken by app.secrets[0]; choose another secret"],
    ],
    [
      "volumes of one name, or at one path",
      {
        app: {
          volumes: [
            { name: "data", path: "/a" },
            { name: "data", path: "/b" },
            { name: "more", path: "/a" },
          ],
        },
      },
      [
        "app.volumes[1].name: volume data is already taken by app.volumes[0].name; choose another volume",
        "app.volumes[2].path: path /a is already taken by app.volumes[0].path; choose another path",
      ],
    ],
    [
      "files without a certificate",
      { proxy: { tls: { mode: "files" } } },
      [
        "proxy.tls.certificateSecret: is missing for mode files; name the secret that holds certificate, chain and key in PEM",
      ],
    ],
    [
      "a certificate that nobody uses",
      { proxy: { tls: { certificateSecret: "CERT" } }, secrets: { CERT: {} } },
      ['proxy.tls.certificateSecret: is set, but mode is off; remove it, or set mode to "files"'],
    ],
    [
      "TLS that the app demands of a server without it",
      { app: { databaseUrlParameters: { sslmode: "verify-full", "SSL Mode": "VerifyFull" } } },
      [
        "app.databaseUrlParameters.SSL Mode: is VerifyFull, and the server has no TLS; set postgres.tls to true",
        "app.databaseUrlParameters.sslmode: is verify-full, and the server has no TLS; set postgres.tls to true",
      ],
    ],
    [
      "a certificate authority that is not there",
      {
        app: { variables: { databaseCa: "DATABASE_CA" } },
        database: { caSecret: "CA" },
        secrets: { CA: {} },
      },
      [
        "database.caSecret: is set, and the database is Keelson's own, which has an authority of its own; remove it, and set postgres.tls to true",
        "app.variables.databaseCa: is set, and there is no certificate authority; set postgres.tls to true",
      ],
    ],
    [
      "TLS of an external server",
      {
        ...external,
        backup: { enabled: false },
        postgres: { tls: true },
        app: { variables: { databaseCa: "DATABASE_CA" } },
      },
      [
        "postgres.tls: is true, and the database is external; remove it",
        "app.variables.databaseCa: is set, and there is no certificate authority; set database.caSecret",
      ],
    ],
    [
      "more connections than an external database takes",
      {
        database: { ...external.database, maxConnections: 21 },
        secrets: external.secrets,
        backup: { enabled: false },
      },
      [
        "app.poolSize: 10 × 2 during a release + 2 of a migration = 22 is more than database.maxConnections (21); lower it, or poolSize of a service, or let the database take more",
      ],
    ],
    [
      "more of them with those of its dumps",
      {
        database: { ...external.database, maxConnections: 23 },
        secrets: external.secrets,
      },
      [
        "app.poolSize: 10 × 2 during a release + 2 of a migration + 2 of a backup = 24 is more than database.maxConnections (23); lower it, or poolSize of a service, or let the database take more",
      ],
    ],
    [
      "no connections of dumps that go past the pooler",
      {
        database: { ...external.database, backupUrlSecret: "DIRECT", maxConnections: 22 },
        secrets: { DB: {}, DIRECT: {} },
      },
      [],
    ],
    [
      "what is for dumps of an external database alone",
      { database: { backupUrlSecret: "DB", excludeFromDumps: ["vault"] }, secrets: { DB: {} } },
      [
        "database.backupUrlSecret: is set, and the database is not external; remove it, or set database.externalUrlSecret",
        "database.excludeFromDumps: is set, and the database is not external; remove it, or set database.externalUrlSecret",
      ],
    ],
    [
      "parts of an external database's address",
      {
        ...external,
        backup: { enabled: false },
        app: { variables: { databaseHost: "DB_HOST", databasePassword: "DB_PASSWORD" } },
      },
      ["databaseHost", "databasePassword"].map(
        (key) =>
          `app.variables.${key}: is set, and of an external database the URL alone is known; remove it, and give the app the parts by app.env and app.secrets`,
      ),
    ],
    [
      "no URL of an external database for the app",
      { ...external, app: { variables: { databaseUrl: null } } },
      ["app.variables.databaseUrl: is null; name the variable for the database URL"],
    ],
    [
      "a dump before a migration without backups",
      { app: { migrate: { command: ["m"], dumpBefore: true } }, backup: { enabled: false } },
      ["app.migrate.dumpBefore: is set, but backup.enabled is false; remove it, or enable backups"],
    ],
    [
      "a dump, or a reset, of an external database",
      {
        ...external,
        app: { migrate: { command: ["m"], dumpBefore: true, resetOnFailure: true } },
        backup: { enabled: false },
      },
      [
        "app.migrate.dumpBefore: is set, but backup.enabled is false; remove it, or enable backups",
        "app.migrate.resetOnFailure: is set, but the database is external; remove it: what is not ours is not emptied",
      ],
    ],
    [
      "a reset of prod, by us or by the app itself",
      {
        environment: "prod",
        app: {
          migrate: { command: ["m"], resetOnFailure: true },
          image: "shop:1.0",
          env: { AUTO_RESET_ON_MIGRATION_FAILURE: "True" },
        },
      },
      [
        "app.migrate.resetOnFailure: would lose all data of prod; remove it; it is for local and preview",
        "app.env.AUTO_RESET_ON_MIGRATION_FAILURE: would lose all data of prod; remove it; it is for local and preview",
      ],
    ],
    [
      "no reset elsewhere, nor one that is off",
      {
        environment: "preview",
        app: {
          migrate: { command: ["m"], resetOnFailure: true },
          env: { AUTO_RESET_ON_MIGRATION_FAILURE: "true" },
        },
      },
      [],
    ],
    [
      "a reset of prod that may be sealed",
      { environment: "prod", app: { env: { AUTO_RESET_ON_MIGRATION_FAILURE: { secure: "x" } } } },
      [
        "app.env.AUTO_RESET_ON_MIGRATION_FAILURE: would lose all data of prod; remove it; it is for local and preview",
      ],
    ],
    [
      "a variable with the name of one that points at a secret",
      {
        app: {
          secrets: ["B"],
          env: {
            A: { secure: "x" },
            A_FILE: "/a",
            B_FILE: "/b",
            DATABASE_URL_FILE: "/c",
            C_FILE: "/d",
          },
        },
        secrets: { B: {} },
      },
      [
        "app.env.B_FILE: is set by the platform, to the file of the secret B; remove it, or rename one of them",
        "app.env.A_FILE: is set by the platform, to the file of the secret A; remove it, or rename one of them",
        "app.env.DATABASE_URL_FILE: is set by the platform, to the file of the secret DATABASE_URL; remove it, or rename one of them",
      ],
    ],
    [
      "no such name where the app gets no files",
      {
        app: { secretsAs: "environment", env: { A: { secure: "x" }, A_FILE: "/a" } },
      },
      [],
    ],
    [
      "a sealed secret that is of another kind as well, or that is not sealed",
      {
        secrets: {
          A: { value: { secure: "x" }, generate: { length: 32 } },
          B: { value: { secure: "x" }, variable: "C", optional: true, pattern: "^x", minLength: 8 },
          C: { value: "canary" },
        },
      },
      [
        "secrets.A.value: is for an injected secret, but this one is generated; remove it",
        "secrets.B.variable: is for an injected secret, but this one is sealed; remove it",
        "secrets.B.optional: is for an injected secret, but this one is sealed; remove it",
        "secrets.C.value: stands in clear; seal it (pulumi config set --secret --path), and take another value",
      ],
    ],
    [
      "no reset of prod that is off",
      { environment: "prod", app: { env: { AUTO_RESET_ON_MIGRATION_FAILURE: "false" } } },
      [],
    ],
    [
      "a secret that is generated and injected",
      { secrets: { KEY: { generate: { length: 32 }, pattern: "^x", optional: true } } },
      [
        "secrets.KEY.pattern: is for an injected secret, but this one is generated; remove it",
        "secrets.KEY.optional: is for an injected secret, but this one is generated; remove it",
      ],
    ],
    [
      "a trusted proxy that is everybody, and one twice",
      { proxy: { trustedProxies: ["10.0.0.1", "0.0.0.0/0", "10.0.0.1"] } },
      [
        "proxy.trustedProxies[2]: range 10.0.0.1 is already taken by proxy.trustedProxies[0]; choose another range",
        "proxy.trustedProxies[1]: trusts everybody; name the addresses of your own proxies",
      ],
    ],
    [
      "HSTS without TLS",
      { proxy: { headers: { hsts: { maxAge: "365d" } } } },
      ["proxy.headers.hsts: is set, but proxy.tls.mode is off; remove it, or turn TLS on"],
    ],
    [
      "no HSTS behind a proxy that speaks TLS",
      { proxy: { headers: { hsts: { maxAge: "1d" } }, trustedProxies: ["10.0.0.1"] } },
      [],
    ],
    [
      "HSTS that no browser's list takes",
      { proxy: { headers: { hsts: { maxAge: "364d", preload: true } }, tls: selfSigned } },
      [
        "proxy.headers.hsts.preload: browsers' lists take no such entry; set includeSubdomains to true and maxAge to 365d or more, or remove it",
      ],
    ],
    [
      "one rate limit twice",
      {
        proxy: {
          rateLimits: [
            { path: "/auth", requests: 5 },
            { path: "/auth", requests: 50, per: "1h" },
            { path: "/Auth/", requests: 9, per: "60s" },
          ],
        },
      },
      [
        "proxy.rateLimits[2]: limit /auth per 60 s is already taken by proxy.rateLimits[0]; choose another limit",
      ],
    ],
    [
      "data that prod would lose",
      { environment: "prod", postgres: { keepData: false } },
      [
        "postgres.keepData: is false in prod; set it to true: prod keeps its data when the stack is destroyed",
      ],
    ],
    [
      "backups that prod would lose",
      { environment: "prod", backup: { keepData: false } },
      [
        "backup.keepData: is false in prod; set it to true: prod keeps its backups when the stack is destroyed",
      ],
    ],
  ])("finds %s", (_, over, problems) => {
    expect(problemsOf(over)).toEqual(problems);
  });

  it.each(["shop", "shop:latest", "registry.example.com:5000/team/shop"])(
    "finds the image %s in prod: it moves without notice",
    (image) => {
      const line =
        "app.image: moves without notice in prod; name a version, or better a digest (name@sha256:…)";
      expect(problemsOf({ environment: "prod", app: { image } })).toEqual([line]);
      expect(problemsOf({ environment: "preview", app: { image } })).toEqual([]);
    },
  );

  it.each(["shop:1.0", "r.example.com:5000/shop:v2", `shop@sha256:${"0".repeat(64)}`])(
    "takes the image %s in prod",
    (image) => {
      expect(problemsOf({ environment: "prod", app: { image } })).toEqual([]);
    },
  );

  it("finds everything at once", () => {
    const over = { app: { ...app, build, poolSize: 90 }, proxy: { domains: ["a.com", "a.com"] } };
    expect(problemsOf(over).map((line) => line.split(":")[0])).toEqual([
      "app.image",
      "app.poolSize",
      "proxy.domains[1]",
    ]);
  });
});
