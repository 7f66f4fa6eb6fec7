// An API and a worker that claims jobs from a table: both in one release, one rollback and one restore.
// @module-tag long
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takePorts } from "../../support/claims.js";
import { docker, until } from "../../support/docker.js";
import { askSite, built, Example, underLoad } from "../../support/example.js";

const ports = await takePorts("http", "admin");
const site = { port: ports.http };
const example = new Example("syncal", {
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  release: { drain: "5s", watch: { window: "3s" } },
});

beforeAll(async () => {
  await Promise.all([built(), example.stack.sweep()]);
  await example.up("1.0.0");
});
afterAll(() => example.remove());

const jobs = async () =>
  JSON.parse((await askSite("/jobs", site)).body) as { jobs: number; waiting: number };
const post = { ...site, method: "POST" };

/** Images of what runs, by its part: `app`, `worker`. */
async function images() {
  const format = '{{.Label "dev.keelson.workload"}} {{.Image}}';
  const lines = (await docker(["ps", "--format", format, ...example.stack.filter])).split("\n");
  return lines.filter((line) => /^(app|service) /.test(line)).sort();
}

describe("syncal", () => {
  it("answers as its runbook says, and its worker claims jobs", async () => {
    const { status, body } = await askSite("/healthz", site);
    expect([status, JSON.parse(body)]).toEqual([200, { database: true, encryptionKey: true }]);
    expect((await askSite("/metrics", site)).body).toContain("syncal_jobs_waiting");
    await askSite("/jobs", post);
    await until("the job is done", async () => (await jobs()).waiting === 0);
  });

  it("is released with a migration: no request and no job is lost, API and worker go together", async () => {
    const before = await images();
    const { done, failed } = await underLoad(
      [
        ["/healthz", site, 200],
        ["/jobs", site, 200],
        ["/jobs", post, 201],
      ],
      async () => {
        example.edit("migrate.mjs", (text) =>
          text.replace(/,?\s*\]\);/, ', "create index on jobs (at)"]);'),
        );
        await example.up("1.1.0");
        const released = await images();
        expect(released).toHaveLength(before.length);
        expect(released.filter((each) => before.includes(each))).toEqual([]);
        expect((await askSite("/version", site)).body).toContain("1.1.0");
        await example.must("rollback", "--keep-data", "--yes");
        expect(await images()).toEqual(before);
      },
    );
    expect([failed, done > 100]).toEqual([[], true]);
    await until("every job is done", async () => (await jobs()).waiting === 0);
  });

  it("is not released with a worker that dies, and goes on as it was", async () => {
    const before = await images();
    example.stack.configure({ services: { worker: { command: ["node", "nowhere.mjs"] } } });
    const { code, stdout, stderr } = await example.keelson("up");
    expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(/worker[^]*nowhere\.mjs/)]);
    expect(await images()).toEqual(before);
    await askSite("/jobs", post);
    await until("the job is done", async () => (await jobs()).waiting === 0);
    example.stack.configure({ services: { worker: { command: ["node", "worker.mjs"] } } });
    await example.up("1.0.0");
  });

  it("is restored to a dump, its worker stopped meanwhile and at work after", async () => {
    const dump = await example.dumped();
    const before = await jobs();
    await askSite("/jobs", post);
    const said = await example.must("restore", "--dump", dump, "--yes");
    expect(said).toMatch(/smoke test: \d checks passed/);
    expect((await jobs()).jobs).toBe(before.jobs);
    await askSite("/jobs", post);
    await until("the job is done", async () => (await jobs()).waiting === 0);
  });
});
