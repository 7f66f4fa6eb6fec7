// An API with a worker that claims jobs from a table, and scheduled jobs alongside.
// @module-tag long
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { takePorts } from "../../support/claims.js";
import { until } from "../../support/docker.js";
import { askSite, built, Example, underLoad, type Repeated } from "../../support/example.js";
import { jobsOf, runningJobs } from "../../support/example-jobs.js";
import { imagesOf, runningParts, stoppedDuring } from "../../support/example-parts.js";

const ports = await takePorts("http", "admin");
const site = { port: ports.http };
const post = { ...site, method: "POST" };
const example = new Example("close-the-loop", {
  // There is always a run of the job in hand.
  app: { env: { FOLLOW_UPS_SECONDS: "15" } },
  jobs: { "follow-ups": { schedule: "*/10 * * * * * *", overlap: "allow" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  release: { drain: "5s", watch: { window: "3s" } },
});

/** What Doppler injects; what is optional is not there. */
const injected = { RESEND_API_KEY: "re_123", GIT_SHA: "0123456789ab" };

// A release is three or four times as long as it takes where other tests want the same two cores.
vi.setConfig({ testTimeout: 600_000 });
beforeAll(async () => {
  await Promise.all([built(), example.stack.sweep()]);
  example.stack.environment = injected;
  await example.up("1.0.0");
});
afterAll(() => example.remove());

const loops = async () => JSON.parse((await askSite("/loops", site)).body) as { waiting: number };
const version = async () => JSON.parse((await askSite("/version", site)).body) as unknown;

/** Each job has its one e-mail. */
async function expectAllDone(): Promise<void> {
  await until("no job is left", async () => (await loops()).waiting === 0, 200, 500);
  expect(await loops()).toMatchObject({ waiting: 0, doubled: 0 });
}

const load: readonly Repeated[] = [
  ["/health", site, 200],
  ["/ready", site, 200],
  // It looks through all that there is.
  ["/loops", site, 200, 200],
  ["/loops", post, 201, 100],
  // So many that the new workers alone can't have all of them in hand while the old ones work, too.
  ["/loops?seconds=4", post, 201, 600],
];

/** Replaces the workers while there are requests and jobs: none fails, and what is stopped ends what it has in hand. */
async function underWork(act: () => Promise<unknown>): Promise<void> {
  const { worker = [] } = await runningParts(example.stack);
  const scheduler = await runningJobs(example);
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
        `select count(*) from emails where worker = '${hostname}' and begun < ${at} and at > ${at}`,
      ),
    );
  });
  expect(Math.max(...(await Promise.all(inHand)))).toBeGreaterThan(0);
  const stop = told.find(({ id }) => id === scheduler);
  expect(stop?.signals).toEqual([15]);
  const at = `to_timestamp(${String(stop?.at)})`;
  await until(
    "what was in hand has ended",
    async () =>
      (await example.sql(
        `select count(*) from follow_up_runs where begun < ${at} and ended is null`,
      )) === "0",
    30,
    1_000,
  );
  const runs = await example.sql(
    `select count(*) from follow_up_runs where begun < ${at} and ended > ${at}`,
  );
  expect(Number(runs)).toBeGreaterThan(0);
  await expectEachRunOnce();
}

/** Each time of the job's schedule has its one run, from the first to the last. */
async function expectEachRunOnce(): Promise<void> {
  const runs = await example.sql(
    "select count(*), count(distinct scheduled)," +
      " extract(epoch from max(scheduled) - min(scheduled)) / 10 + 1 from follow_up_runs",
  );
  const [all, times, span] = runs.split("|").map(Number);
  expect([times, span]).toEqual([all, all]);
}

describe("close-the-loop", () => {
  it("has every process healthy", async () => {
    const parts = await runningParts(example.stack);
    const states = Object.entries(parts).map(([name, all]) => [name, all.map((p) => p.state)]);
    expect(Object.fromEntries(states)).toEqual({
      app: ["healthy"],
      worker: ["running", "running"],
    });
    await example.must("status");
  });

  it("answers as its document says, and its worker claims jobs", async () => {
    expect((await askSite("/health", site)).body).toBe('{"status":"ok"}');
    expect((await askSite("/ready", site)).body).toBe('{"database":true}');
    expect(await version()).toEqual({
      version: "1.0.0",
      gitSha: "0123456789ab",
      environment: "local",
    });
    expect(await example.sql("select current_database()")).toBe("close-the-loop_local");
    expect((await askSite("/loops", post)).status).toBe(201);
    await expectAllDone();
    const logs = await example.must("logs", "worker", "app", "--json");
    expect(logs).toContain("listening");
  });

  it("is released with a migration: no request fails, no job is lost or done twice", async () => {
    const before = await imagesOf(example.stack);
    await underWork(async () => {
      example.edit("migrate.mjs", (text) =>
        text.replace(/,?\s*\]\);/, ', "alter table jobs add column note text"]);'),
      );
      await example.up("1.1.0");
    });
    expect(await version()).toMatchObject({ version: "1.1.0" });
    const released = await imagesOf(example.stack);
    expect(Object.keys(released)).toEqual(Object.keys(before));
    for (const [name, images] of Object.entries(before))
      expect(released[name]?.some((image) => images.includes(image))).toBe(false);
  });

  it("is taken back to the release before, whole: no request fails, no job is lost or done twice", async () => {
    const { app: released } = await imagesOf(example.stack);
    await underWork(() => example.must("rollback", "--keep-data", "--yes"));
    expect(await version()).toMatchObject({ version: "1.0.0" });
    const images = Object.values(await imagesOf(example.stack)).flat();
    expect(new Set(images).size).toBe(1);
    expect(images).not.toContain(released?.[0]);
  });

  it("runs a job by hand, and tells of each", async () => {
    await example.must("jobs run", "sweep");
    const { "follow-ups": asked, sweep } = await jobsOf(example);
    expect(asked?.totals).not.toMatchObject({ failure: expect.anything() as number });
    expect([asked?.consecutiveFailures, sweep?.last?.result]).toEqual([0, "success"]);
  });

  it("is not released with a migration that fails, and goes on as it was", async () => {
    const before = await imagesOf(example.stack);
    example.edit("migrate.mjs", (text) =>
      text.replace(/,?\s*\]\);/, ', "alter table nothing add column note text"]);'),
    );
    const { code, stdout, stderr } = await example.keelson("up");
    expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(/"nothing" does not exist/)]);
    expect(await imagesOf(example.stack)).toEqual(before);
    await askSite("/loops", post);
    await expectAllDone();
  });

  it("is restored to a dump, its worker stopped meanwhile and at work after", async () => {
    await expectAllDone();
    const before = await loops();
    const dump = await example.dumped();
    await askSite("/loops", post);
    await example.must("restore", "--dump", dump, "--yes");
    expect(await loops()).toEqual(before);
    await askSite("/loops", post);
    await expectAllDone();
  });
});
