// An API with a Celery worker, its scheduler and a Redis queue: all of them in one release, one rollback, one restore.
// @module-tag long
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { takePorts } from "../../support/claims.js";
import { until } from "../../support/docker.js";
import { askSite, built, Example, underLoad, type Repeated } from "../../support/example.js";
import { imagesOf, runningParts, stoppedDuring } from "../../support/example-parts.js";

const ports = await takePorts("http", "admin");
const site = { port: ports.http };
const issuer = "https://shop.supabase.co/auth/v1";
const claims = Buffer.from(JSON.stringify({ iss: issuer })).toString("base64url");
const signedIn = { ...site, headers: { authorization: `Bearer e30.${claims}.c2ln` } };
const post = { ...signedIn, method: "POST" };
const json = { ...signedIn.headers, "content-type": "application/json" };
const long = { ...post, headers: json, body: JSON.stringify({ seconds: 4 }) };

const example = new Example("waxwatch", {
  // As it is in front of the world: without its routes of development.
  app: { environmentNames: { local: "production" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  release: {
    smoke: [
      { path: "/readyz", json: { database: true, queue: true } },
      { path: "/api/watches", method: "POST", status: 401 },
      { path: "/api/dev-providers", status: 404 },
    ],
    drain: "5s",
    watch: { window: "3s" },
  },
});

/** What its deployment guide has exported before a deployment; one provider's credentials are not there. */
const injected = {
  AUTH_ISSUER: issuer,
  AUTH_JWKS_URL: `${issuer}/.well-known/jwks.json`,
  TOKEN_CRYPTO_KMS_KEY_ID: "arn:aws:kms:us-east-1:123456789012:key/abcd",
  DISCOGS_USER_AGENT: "waxwatch/1.0 (+ops@example.com)",
  DISCOGS_TOKEN: "discogs-personal-token",
};

// A release is three or four times as long as it takes where other tests want the same two cores.
vi.setConfig({ testTimeout: 600_000 });
beforeAll(async () => {
  await Promise.all([built(), example.stack.sweep()]);
  example.stack.environment = injected;
  await example.up("1.0.0");
});
afterAll(() => example.remove());

const watches = async () => JSON.parse((await askSite("/api/watches", signedIn)).body) as unknown;
const version = async () => (await askSite("/version", site)).body;
const metric = async (name: string) => {
  const { body } = await askSite("/metrics", site);
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(body)?.[1]);
};

/** Each watch has its one notification, and nothing else has. */
async function expectAllDone(): Promise<void> {
  await until(
    "no task is left",
    async () => ((await watches()) as { waiting: number }).waiting === 0,
    200,
    500,
  );
  expect(await watches()).toMatchObject({ waiting: 0, doubled: 0 });
}

/** Replaces the workers while there are requests and tasks: none fails, and the old workers end what they have in hand. */
async function underWork(act: () => Promise<unknown>): Promise<void> {
  const { worker = [] } = await runningParts(example.stack);
  const told = await stoppedDuring(example.stack, async () => {
    const { done, failed } = await underLoad(load, act);
    expect([failed, done > 100]).toEqual([[], true]);
  });
  await expectAllDone();
  const inHand = worker.map(async ({ id, hostname }) => {
    const stop = told.find((each) => each.id === id);
    // Asked to stop, and never killed.
    expect(stop?.signals).toEqual([15]);
    const at = `to_timestamp(${String(stop?.at)})`;
    return Number(
      await example.sql(
        `select count(*) from notifications where worker = 'celery@${hostname}' and begun < ${at} and at > ${at}`,
      ),
    );
  });
  expect(Math.max(...(await Promise.all(inHand)))).toBeGreaterThan(0);
}

const load: readonly Repeated[] = [
  ["/healthz", site, 200],
  ["/readyz", site, 200],
  // It looks through all that there is.
  ["/api/watches", signedIn, 200, 200],
  ["/api/watches", post, 201, 100],
  // So many that the new workers alone can't have all of them in hand while the old ones work, too.
  ["/api/watches", long, 201, 600],
];

describe("waxwatch", () => {
  it("has every process healthy", async () => {
    const parts = await runningParts(example.stack);
    const states = Object.entries(parts).map(([name, all]) => [name, all.map((p) => p.state)]);
    expect(Object.fromEntries(states)).toEqual({
      app: ["healthy"],
      beat: ["running"],
      worker: ["healthy", "healthy"],
    });
    await example.must("status");
  });

  it("answers as its checklist says, and does what it is for", async () => {
    expect((await askSite("/healthz", site)).status).toBe(200);
    expect((await askSite("/readyz", site)).body).toBe('{"database":true,"queue":true}');
    expect(await version()).toBe('{"version":"1.0.0"}');
    expect((await askSite("/api/watches", { ...site, method: "POST" })).status).toBe(401);
    expect((await askSite("/api/dev-providers", signedIn)).status).toBe(404);
    expect((await askSite("/metrics", site)).body).toMatch(
      /provider="discogs"} 1\n.*provider="ebay"} 0\n/,
    );
    expect((await askSite("/api/watches", post)).status).toBe(201);
    await expectAllDone();
    const freshness = await metric("waxwatch_scheduler_last_run_timestamp_seconds");
    expect(Date.now() / 1000 - freshness).toBeLessThan(10);
  });

  it("is refused where a required variable is missing, all of them named, and goes on serving", async () => {
    const { AUTH_ISSUER, DISCOGS_TOKEN, ...rest } = injected;
    expect([AUTH_ISSUER, DISCOGS_TOKEN]).not.toContain(undefined);
    example.stack.configure({ secrets: { DISCOGS_TOKEN: { optional: false } } });
    example.stack.environment = rest;
    for (const command of ["check", "up"]) {
      const { code, stdout, stderr } = await example.keelson(command);
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(/AUTH_ISSUER/);
      expect(stdout + stderr).toMatch(/DISCOGS_TOKEN/);
      expect(stdout + stderr).not.toMatch(/AUTH_JWKS_URL/);
    }
    example.stack.environment = injected;
    example.stack.configure({ secrets: { DISCOGS_TOKEN: { optional: true } } });
    expect((await askSite("/readyz", site)).status).toBe(200);
  });

  it("is released with a migration: no request fails, no task is lost or done twice", async () => {
    const before = await imagesOf(example.stack);
    await underWork(async () => {
      example.add("migrations/versions/0002_note.py", migration);
      await example.up("1.1.0");
    });
    expect(await version()).toBe('{"version":"1.1.0"}');
    const released = await imagesOf(example.stack);
    expect(Object.keys(released)).toEqual(Object.keys(before));
    for (const [name, images] of Object.entries(before))
      expect(released[name]?.some((image) => images.includes(image))).toBe(false);
    expect(await example.sql("select version_num from alembic_version")).toBe("0002");
  });

  it("is taken back to the release before, whole: no request fails, no task is lost or done twice", async () => {
    const { app: released } = await imagesOf(example.stack);
    await underWork(() => example.must("rollback", "--keep-data", "--yes"));
    expect(await version()).toBe('{"version":"1.0.0"}');
    const images = Object.values(await imagesOf(example.stack)).flat();
    expect(new Set(images).size).toBe(1);
    expect(images).not.toContain(released?.[0]);
  });

  it("never has two schedulers at once", async () => {
    const { beat: [old] = [] } = await runningParts(example.stack);
    example.stack.configure({ services: { beat: { env: { RELEASE_NOTE: "2" } } } });
    const told = await stoppedDuring(example.stack, () => example.up("1.0.0"));
    const { beat: [fresh, ...more] = [] } = await runningParts(example.stack);
    expect(more).toEqual([]);
    expect(fresh?.id).not.toBe(old?.id);
    const stop = told.find(({ id }) => id === old?.id);
    expect(stop?.signals).toEqual([15]);
    expect(fresh?.startedAt).toBeGreaterThan(stop?.endedAt ?? Infinity);
    const began = Date.now() / 1000;
    await until(
      "the scheduler's task has run",
      async () => (await metric("waxwatch_scheduler_last_run_timestamp_seconds")) > began,
      30,
    );
  });

  it("is restored to a dump, its processes stopped meanwhile and at work after", async () => {
    await expectAllDone();
    const before = await watches();
    const dump = await example.dumped();
    await askSite("/api/watches", post);
    // The queue is not restored: a task that waits in it is of the data of now.
    await expectAllDone();
    await example.must("restore", "--dump", dump, "--yes");
    expect(await watches()).toEqual(before);
    expect((await askSite("/readyz", site)).status).toBe(200);
    await askSite("/api/watches", post);
    await expectAllDone();
    const began = Date.now() / 1000;
    await until(
      "the scheduler's task has run",
      async () => (await metric("waxwatch_scheduler_last_run_timestamp_seconds")) > began,
      30,
    );
  });
});

const migration = `from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("alter table watches add column note text")
    op.execute("create index on notifications (watch)")


def downgrade() -> None:
    op.execute("alter table watches drop column note")
`;
