// What a person changes and takes back ends in the state before: nothing to do, nothing left over, nothing live lost.
// @module-tag long
// A setting of each kind is in there-and-back-all.test.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Mapping } from "#lib/merge";
import { readNote, writeNote } from "../support/app.js";
import { buildRelease } from "../support/build-release.js";
import { liveVersion } from "../support/clients.js";
import { takePorts } from "../support/claims.js";
import { docker } from "../support/docker.js";
import { bundle, issue } from "../support/certificates.js";
import { containerOf, inside } from "../support/inspect.js";
import { Stack } from "../support/stack.js";
import { expectWhole } from "../support/whole.js";

const ports = await takePorts("http", "https", "admin");
const contexts = mkdtempSync(join(tmpdir(), "keelson-contexts-"));

const stack = new Stack("test-back", {
  app: {
    name: "e2e-back",
    env: { FAULT: "none", MIGRATION_FAIL: "0" },
    secrets: ["SESSION_SECRET", "KEY"],
    health: { startPeriod: "1s", startTimeout: "40s", retries: 3 },
  },
  secrets: { KEY: {}, TLS: {} },
  postgres: { adminPort: ports.admin },
  proxy: {
    httpPort: ports.http,
    httpsPort: ports.https,
    redirects: { https: false },
    tls: { mode: "files", certificateSecret: "TLS" },
  },
  backup: { enabled: false },
  release: { drain: "2s", watch: { window: "2s" } },
});

const made = issue({ domains: ["localhost"], addresses: ["127.0.0.1"] });
const certificate = bundle(made.certificate, made.key);
let note = 0;

beforeAll(async () => {
  await stack.sweep();
  stack.environment = { KEY: "first", TLS: certificate };
  buildRelease(stack, contexts, "1");
  await stack.up();
  note = await writeNote(ports.http, "kept");
});
afterAll(async () => {
  await stack.remove();
  rmSync(contexts, { recursive: true });
  const images = await docker(["image", "ls", "--quiet", "e2e-back/app"]);
  const ids = new Set(images.split("\n").filter((each) => each !== ""));
  if (ids.size > 0) await docker(["image", "rm", "--force", ...ids]);
});

const app = async () => (await containerOf(stack, "app")).Id;
const unchanged = { create: 0, update: 0, replace: 0, delete: 0 };
const before: Mapping = {
  app: {
    env: { FAULT: "none", MIGRATION_FAIL: "0" },
    databaseUrlScheme: "postgresql",
    replicas: 1,
    memory: "256MiB",
    migrate: { command: ["node", "migrate.js"] },
  },
  release: { smoke: [{ path: "/version", json: { version: "$version" } }], drain: "2s" },
};

/** As it was; the next run has nothing to do, and host and state agree. */
async function expectBack(): Promise<void> {
  stack.configure(before);
  stack.environment = { KEY: "first", TLS: certificate };
  await stack.up();
  await expectWhole(stack);
  expect((await stack.up()).changes).toMatchObject(unchanged);
  expect(await liveVersion(ports.http)).toBe("1");
  expect(await readNote(ports.http, note)).toBe("kept");
  const secrets = await inside(stack, "app", "cat", "/run/secrets/KEY");
  expect(secrets.trim()).toBe("first");
}

describe("a change of the app that fails, taken back", () => {
  it("at its migration, with another set of secrets", async () => {
    const served = await app();
    // The command that has passed would not run.
    const migrate = { command: ["node", "migrate.js", "again"] };
    const env = { MIGRATION_FAIL: "1" };
    stack.configure({ app: { databaseUrlScheme: "postgres", env, migrate } });
    expect((await stack.keelson("up")).code).toBe(1);
    expect(await liveVersion(ports.http)).toBe("1");
    await expectBack();
    // The release is taken back as a whole: what served goes on, and is no new one.
    expect(await app()).toBe(served);
    expect(stack.printed).not.toContain("is gone");
  });
});

describe("without the injected secrets in the environment", () => {
  it("outputs and preview use what the state has sealed, and say so", async () => {
    stack.environment = {};
    const outputs = await stack.outputs();
    expect(outputs).toMatchObject({ version: "1" });
    const preview = await stack.must("preview");
    expect(preview).toContain("Not in the environment, so taken from the stack's state: KEY, TLS.");
    expect(preview).toContain("0 to create, 0 to update, 0 to replace, 0 to delete");
    expect((await stack.keelson("up")).stderr).toMatch(/secrets\.KEY: is missing/);
    stack.environment = { KEY: "first", TLS: certificate };
  });
});

describe("a migration that an earlier version does not know", () => {
  it("is not followed by that version's own, neither after a release that failed nor after a rollback", async () => {
    const migration = "CREATE TABLE more (id int)";
    buildRelease(stack, contexts, "2", migration);
    stack.configure({ app: { env: { FAULT: "smoke" } } });
    expect((await stack.keelson("up")).code).toBe(1);
    buildRelease(stack, contexts, "1");
    await expectBack();

    buildRelease(stack, contexts, "2", migration);
    expect((await stack.up()).output).toMatch(/not run: this one passed on/);
    expect(await liveVersion(ports.http)).toBe("2");
    stack.environment = {};
    await stack.must("rollback", "--keep-data", "--yes");
    stack.environment = { KEY: "first", TLS: certificate };
    expect(await liveVersion(ports.http)).toBe("1");
    buildRelease(stack, contexts, "1");
    expect((await stack.up()).output).toMatch(/not run: this one passed on/);
    await expectBack();
  });
});
