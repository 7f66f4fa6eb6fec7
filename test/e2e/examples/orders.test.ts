// An API whose readiness asks for its migrations and its jobs: uploads, webhooks, scheduled calls with a secret.
// @module-tag long
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { takePorts } from "../../support/claims.js";
import { until } from "../../support/docker.js";
import { askSite, built, Example, underLoad, type Repeated } from "../../support/example.js";
import { jobsOf } from "../../support/example-jobs.js";
import { imagesOf, runningParts } from "../../support/example-parts.js";

const ports = await takePorts("http", "admin");
const site = { port: ports.http };
const post = { ...site, method: "POST" };
const webhookSecret = "whsec_test";
const example = new Example("orders", {
  jobs: {
    "email-scan": {
      schedule: "*/10 * * * * * *",
      http: { path: "/v1/admin/email-scan?seconds=3" },
    },
  },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  release: { drain: "5s", watch: { window: "3s" } },
});

// A release is three or four times as long as it takes where other tests want the same two cores.
vi.setConfig({ testTimeout: 600_000 });
beforeAll(async () => {
  await Promise.all([built(), example.stack.sweep()]);
  example.stack.environment = {
    STRIPE_SECRET_KEY: "sk_test_1",
    STRIPE_WEBHOOK_SECRET: webhookSecret,
  };
  await example.up("1.0.0");
});
afterAll(() => example.remove());

const version = async () =>
  (JSON.parse((await askSite("/healthz", site)).body) as { version: string }).version;
const orders = async () =>
  (JSON.parse((await askSite("/v1/orders", site)).body) as { orders: number }).orders;
/** A secret that Keelson has made, as its operator reads it. */
const secret = async (name: string) =>
  (await example.must("secrets show", name, "--reveal")).trim();
const bearer = async (name: string) => ({
  ...site,
  headers: { authorization: `Bearer ${await secret(name)}` },
});

/** A call as Stripe makes it. */
function fromStripe(body: string, key: string) {
  const time = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", key).update(`${time}.${body}`).digest("hex");
  return { ...post, headers: { "stripe-signature": `t=${time},v1=${signature}` }, body };
}

const load: readonly Repeated[] = [
  ["/healthz", site, 200],
  ["/v1/orders", site, 200],
  ["/v1/orders", post, 201],
];

describe("orders", () => {
  it("has every process healthy, and is ready with the beat of its jobs", async () => {
    const parts = await runningParts(example.stack);
    const states = Object.entries(parts).map(([name, all]) => [name, all.map((p) => p.state)]);
    expect(Object.fromEntries(states)).toEqual({ app: ["healthy"], heartbeat: ["running"] });
    expect((await askSite("/readyz", site)).body).toBe(
      '{"database":true,"migrations":true,"jobs":true}',
    );
    await example.must("status");
  });

  it("answers administrators and the collector of metrics, with secrets that were made for it", async () => {
    const admin = await bearer("ADMIN_TOKEN");
    const { status, body } = await askSite("/v1/admin/jobs/status", admin);
    expect([status, JSON.parse(body)]).toMatchObject([200, { heartbeat: { fresh: true } }]);
    expect((await askSite("/v1/admin/jobs/status", site)).status).toBe(401);
    expect((await askSite("/v1/metrics", await bearer("METRICS_TOKEN"))).body).toContain(
      "job_last_success_timestamp",
    );
    expect((await askSite("/v1/metrics", admin)).status).toBe(401);
  });

  it("takes photos and Stripe's webhooks", async () => {
    const photo = { ...site, method: "PUT", body: "x".repeat(9 * 1024 * 1024) };
    expect((await askSite("/v1/orders/1/photo", photo)).status).toBe(204);
    const path = "/v1/payments/stripe/webhook";
    expect((await askSite(path, fromStripe("{}", webhookSecret))).status).toBe(204);
    expect((await askSite(path, fromStripe("{}", "whsec_wrong"))).status).toBe(400);
  });

  it("runs its jobs by hand, and dead letters are replayed", async () => {
    await example.must("jobs run", "storage-janitor");
    await example.must("jobs run", "retention");
    const admin = await bearer("ADMIN_TOKEN");
    const { body } = await askSite("/v1/admin/jobs/status", admin);
    const { jobs } = JSON.parse(body) as { jobs: { job: string; errors: number }[] };
    expect(jobs).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ job: "storage_janitor", runs: 1, errors: 0 }),
        expect.objectContaining({ job: "retention", runs: 1, errors: 0 }),
      ]),
    );
    await example.must(
      "psql",
      ...["--as", "owner", "--", "-c", "insert into dead_letters (order_id) values (1)"],
    );
    const letters = "/v1/admin/export-dead-letter";
    expect((await askSite(letters, admin)).body).toBe("[1]");
    const replayed = await askSite(`${letters}/1/replay`, { ...admin, method: "POST" });
    expect(replayed.status).toBe(204);
    expect((await askSite(letters, admin)).body).toBe("[]");
  });

  it("is released with a migration under load: the old one, not ready by its own rule, serves on", async () => {
    const before = await imagesOf(example.stack);
    const { done, failed } = await underLoad(load, async () => {
      example.add("alembic/versions/0002_note.py", migration);
      await example.up("1.1.0");
      // Its job comes around once more with the new one.
      const scans = await example.sql(scanned);
      await until("a job has run", async () => (await example.sql(scanned)) !== scans, 60, 1_000);
    });
    expect([failed, done > 100]).toEqual([[], true]);
    expect(await version()).toBe("1.1.0");
    const released = await imagesOf(example.stack);
    for (const [name, images] of Object.entries(before))
      expect(released[name]?.some((image) => images.includes(image))).toBe(false);
    expect((await askSite("/v1/orders/1/photo", site)).body).toBe('{"bytes":9437184}');
  });

  it("has called its job at each of its times over the release, once, and no call was interrupted", async () => {
    // A release may be over before it has been called so often.
    const scan = await until("it was called", async () => {
      const { "email-scan": job } = await jobsOf(example);
      return (job?.totals["success"] ?? 0) > 5 ? job : undefined;
    });
    const { success = 0, ...others } = scan.totals;
    expect(Object.values(others).filter((count) => count > 0)).toEqual([]);
    const times = scan.runs.map(({ scheduled = "" }) => Date.parse(scheduled)).sort();
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(new Set(steps)).toEqual(new Set([10_000]));
    // What the app knows of: the same, and perhaps the one that has come meanwhile.
    const done = Number(await example.sql(scanned));
    expect(done - success).toBeGreaterThanOrEqual(0);
    expect(done - success).toBeLessThanOrEqual(2);
  });

  it("is rolled back with the data of before, since it is not ready with a newer schema", async () => {
    const { code, stdout, stderr } = await example.keelson("rollback", "--yes");
    expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(/--with-data/)]);
    await example.must("rollback", "--with-data", "--yes");
    expect(await version()).toBe("1.0.0");
    expect(await example.sql("select version_num from alembic_version")).toBe("0001");
    expect((await askSite("/readyz", site)).status).toBe(200);
  });

  it("is restored to a dump, its revision with it", async () => {
    const before = await orders();
    const dump = await example.dumped();
    await askSite("/v1/orders", post);
    await example.must("restore", "--dump", dump, "--yes");
    expect(await orders()).toBe(before);
    expect(await example.sql("select version_num from alembic_version")).toBe("0001");
    expect((await askSite("/readyz", site)).status).toBe(200);
  });
});

const scanned = "select count(*) from job_runs where job = 'email-scan' and ended is not null";

const migration = `from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("alter table orders add column note text")


def downgrade() -> None:
    op.execute("alter table orders drop column note")
`;
