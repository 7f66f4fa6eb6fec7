// A setting or a secret of each kind, changed and taken back: by a change that passes, and by one that fails at each kind
// of step. One stack for all of them: each case begins where the one before has come back to.
// @module-tag long
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deepMerge, type Mapping } from "#lib/merge";
import { readNote, writeNote } from "../support/app.js";
import { buildRelease } from "../support/build-release.js";
import { bundle, issue } from "../support/certificates.js";
import { takePorts } from "../support/claims.js";
import { liveVersion } from "../support/clients.js";
import { buildImage, docker, root } from "../support/docker.js";
import { inside } from "../support/inspect.js";
import { Stack } from "../support/stack.js";
import { expectWhole } from "../support/whole.js";

const ports = await takePorts("http", "https", "admin");
const folder = mkdtempSync(join(tmpdir(), "keelson-back-"));
const stack = new Stack("test-back-all", {
  app: {
    name: "e2e-back-all",
    env: { FAULT: "none", MIGRATION_FAIL: "0" },
    secrets: ["SESSION_SECRET", "KEY"],
    migrate: { command: ["node", "migrate.js"] },
    health: { startPeriod: "1s", startTimeout: "20s", retries: 3 },
  },
  secrets: { KEY: {}, TLS: {} },
  postgres: { adminPort: ports.admin, startTimeout: "30s" },
  proxy: {
    httpPort: ports.http,
    httpsPort: ports.https,
    redirects: { https: false },
    tls: { mode: "files", certificateSecret: "TLS" },
  },
  backup: { drill: { enabled: false } },
  release: {
    drain: "2s",
    watch: { window: "2s" },
    smoke: [{ path: "/version", json: { version: "$version" } }],
  },
});

/** The certificate that serves, one that may take its place, and one with the key of the other. */
let certificates: Readonly<Record<"own" | "other" | "mixed", string>>;
/** Images that are neither a proxy's nor one that makes backups. */
let wrong: Readonly<Record<"proxy" | "backup", string>>;
let base: Mapping = {};
let note = 0;

beforeAll(async () => {
  await stack.sweep();
  const [own, other] = [makeCertificate(), makeCertificate()];
  const mixed = bundle(other.certificate, own.key);
  certificates = {
    own: bundle(own.certificate, own.key),
    other: bundle(other.certificate, other.key),
    mixed,
  };
  wrong = { proxy: await buildImage("jobs"), backup: await buildImage("proxy") };
  mkdirSync(join(folder, "broken"));
  const broken = "ARG BASE\nFROM $BASE\nRUN exit 7\n";
  writeFileSync(join(folder, "broken", "Dockerfile"), broken);
  buildRelease(stack, folder, "1");
  base = stack.settings;
  stack.environment = injected();
  await stack.up();
  note = await writeNote(ports.http, "kept");
});
afterAll(async () => {
  await stack.remove();
  rmSync(folder, { recursive: true });
  const images = await docker(["image", "ls", "--quiet", "e2e-back-all/app"]);
  const ids = new Set(images.split("\n").filter((each) => each !== ""));
  if (ids.size > 0) await docker(["image", "rm", "--force", ...ids]);
});

function makeCertificate() {
  return issue({ domains: ["localhost"], addresses: ["127.0.0.1"] });
}

const injected = (): NodeJS.ProcessEnv => ({ KEY: "first", TLS: certificates.own });
const unchanged = { create: 0, update: 0, replace: 0, delete: 0 };

/** What a case changes: settings laid on the stack's, and variables of the environment. */
interface Change {
  readonly sections?: Mapping;
  readonly secrets?: NodeJS.ProcessEnv;
  /** Last parts of the names of volumes that it takes out of the stack and leaves on the host. */
  readonly kept?: readonly string[];
}

function change({ sections = {}, secrets = {} }: Change): void {
  stack.replace(deepMerge(base, sections));
  stack.environment = { ...injected(), ...secrets };
}

/** As it was: the next run has nothing to do, host and state agree, and the data are there. */
async function expectBack(): Promise<void> {
  change({});
  const first = await stack.up();
  const isSame = Object.values(first.changes).every((count) => count === 0);
  const { changes } = isSame ? first : await stack.up();
  expect(changes).toMatchObject(unchanged);
  await expectWhole(stack);
  expect(await liveVersion(ports.http)).toBe("1");
  expect(await readNote(ports.http, note)).toBe("kept");
  expect((await inside(stack, "app", "cat", "/run/secrets/KEY")).trim()).toBe("first");
}

describe("a change that passes, taken back", () => {
  const changes: readonly (readonly [string, () => Change | Promise<Change>])[] = [
    ["a variable of the app", () => ({ sections: { app: { env: { MORE: "1" } } } })],
    [
      "a sealed variable of the app",
      async () => ({ sections: { app: { env: { MORE: await stack.seal("a secret") } } } }),
    ],
    ["an injected secret", () => ({ secrets: { KEY: "second" } })],
    [
      "a sealed secret in the place of an injected one",
      async () => ({ sections: { secrets: { KEY: { value: await stack.seal("third") } } } }),
    ],
    [
      "one more secret, which is generated",
      () => ({
        sections: {
          secrets: { MORE: { generate: { length: 32 } } },
          app: { secrets: ["SESSION_SECRET", "KEY", "MORE"] },
        },
      }),
    ],
    ["how the app gets its secrets", () => ({ sections: { app: { secretsAs: "environment" } } })],
    [
      "the scheme of the database's URL",
      () => ({ sections: { app: { databaseUrlScheme: "postgres" } } }),
    ],
    ["the number of containers", () => ({ sections: { app: { replicas: 2 } } })],
    ["limits of the app", () => ({ sections: { app: { memory: "300MiB", pids: 200 } } })],
    [
      "a volume of the app",
      () => ({ sections: { app: { volumes: [{ name: "more", path: "/more", keep: false }] } } }),
    ],
    ["a health check", () => ({ sections: { app: { health: { interval: "2s" } } } })],
    [
      "what a release has to pass",
      () => ({ sections: { release: { smoke: [{ path: "/health" }], drain: "1s" } } }),
    ],
    ["the certificate", () => ({ secrets: { TLS: certificates.other } })],
    [
      "the mode of TLS",
      () => ({
        sections: { proxy: { tls: { mode: "self-signed", certificateSecret: undefined } } },
      }),
    ],
    [
      "headers and limits of the proxy",
      () => ({
        sections: {
          proxy: {
            headers: { contentSecurityPolicy: "default-src 'self'" },
            rateLimits: [{ path: "/login", requests: 5, per: "1m" }],
          },
        },
      }),
    ],
    ["the memory of the proxy", () => ({ sections: { proxy: { memory: "300MiB" } } })],
    [
      "parameters of the server",
      () => ({ sections: { postgres: { parameters: { work_mem: "6MB" } } } }),
    ],
    ["an extension", () => ({ sections: { database: { extensions: ["pg_trgm"] } } })],
    [
      "when backups are made, and how many stay",
      () => ({ sections: { backup: { schedule: "0 5 * * *", keep: { daily: 9 } } } }),
    ],
    [
      "whether backups are made, which keeps those that were",
      () => ({
        sections: { backup: { enabled: false } },
        kept: ["backups", "proofs", "repository", "repository-key"],
      }),
    ],
  ];

  it.each(changes)("%s", async (_what, make) => {
    const made = await make();
    change(made);
    await stack.up();
    await expectWhole(stack, made.kept);
    expect(await readNote(ports.http, note)).toBe("kept");
    await expectBack();
  });
});

describe("a change that fails, taken back", () => {
  /** What runs, by container. */
  const running = async () => (await stack.present()).containers.sort();

  it.each<readonly [string, RegExp, () => Change]>([
    [
      "at the checks of the settings",
      /app\.memory: "5" is not a size/,
      () => ({ sections: { app: { memory: "5" } } }),
    ],
    [
      "at the check of the certificate",
      /secrets\.TLS: /,
      () => ({ secrets: { TLS: certificates.mixed, KEY: "second" } }),
    ],
    [
      "at the build of the image",
      /exit 7|non-zero code: 7|returned a non-zero/,
      () => ({ sections: { app: { build: { context: relative(root, join(folder, "broken")) } } } }),
    ],
    [
      "at its migration",
      /migration: it ended with 1/,
      () => ({
        sections: {
          app: {
            databaseUrlScheme: "postgres",
            env: { MIGRATION_FAIL: "1" },
            // The command that has passed would not run.
            migrate: { command: ["node", "migrate.js", "again"] },
          },
        },
      }),
    ],
    [
      "at the start of its container",
      /nowhere/,
      () => ({ sections: { app: { command: ["/nowhere"] } }, secrets: { KEY: "second" } }),
    ],
    [
      "at its health",
      /unhealthy|health/,
      () => ({ sections: { app: { env: { FAULT: "unhealthy" } } }, secrets: { KEY: "second" } }),
    ],
    [
      "at its readiness",
      /ready|\/nowhere/,
      () => ({ sections: { app: { health: { readyPath: "/nowhere" } } } }),
    ],
    [
      "at its smoke test, with more containers",
      /smoke/,
      () => ({ sections: { app: { env: { FAULT: "smoke" }, replicas: 2 } } }),
    ],
    [
      "at a smoke test of its own",
      /\/nowhere/,
      () => ({ sections: { release: { smoke: [{ path: "/nowhere" }] } } }),
    ],
    ["through the proxy", /proxy/, () => ({ sections: { app: { env: { FAULT: "proxied" } } } })],
    [
      "at the trial of the proxy",
      /proxy/,
      () => ({ sections: { images: { proxy: wrong.proxy }, proxy: { memory: "300MiB" } } }),
    ],
    [
      "at the check of the repository's passphrase, by an image that has none of our scripts",
      /choose-passphrase: not found/,
      () => ({ sections: { images: { backup: wrong.backup }, backup: { schedule: "0 5 * * *" } } }),
    ],
  ])("%s", async (_where, message, make) => {
    const before = await running();
    change(make());
    const { code, stdout, stderr } = await stack.keelson("up");
    expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(await liveVersion(ports.http)).toBe("1");
    expect(await readNote(ports.http, note)).toBe("kept");
    await expectBack();
    // What served goes on: the very containers.
    expect(await running()).toEqual(before);
  });

  it("at the start of the server, which is down meanwhile", async () => {
    change({ sections: { postgres: { parameters: { shared_preload_libraries: "nowhere" } } } });
    expect((await stack.keelson("up")).code).toBe(1);
    await expectBack();
  });
});
