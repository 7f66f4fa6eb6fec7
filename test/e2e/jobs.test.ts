// Jobs run on their schedules: across a release none is skipped, doubled or killed.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takePorts } from "../support/claims.js";
import { until } from "../support/docker.js";
import { long } from "../support/long.js";
import { account, jobsContainers, listed, work } from "../support/jobs/account.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "tcp", "admin");

const stack = new Stack("test-jobs", {
  app: {
    version: "1",
    health: { startPeriod: "1s" },
    volumes: [{ name: "work", path: "/work", keep: false }],
  },
  jobs: {
    tick: { schedule: "*/2 * * * * * *", command: work(0), overlap: "allow" },
    // Eight seconds are left for its start: what is late enough is rightly skipped.
    long: { schedule: "*/20 * * * * * *", command: work(12_000) },
    ask: {
      schedule: "*/5 * * * * * *",
      http: { method: "GET", path: "/slow?ms=2000", expect: [200] },
      overlap: "allow",
    },
    bad: { schedule: "0 0 1 1 *", command: ["node", "--eval", "process.exit(3)"] },
    token: {
      schedule: "0 0 1 1 *",
      http: { path: "/echo", bearerSecret: "JOBS_TOKEN", headers: { "X-Job": "token" } },
    },
  },
  secrets: { JOBS_TOKEN: { generate: { length: 32 } } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  backup: { enabled: false },
});

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

const runsOf = async (job: string) => (await listed(stack))[job];

describe("jobs", () => {
  it("run on their schedules in the app's image, and ask the app", async () => {
    await until("each has run", async () => {
      const { tick, ask } = await listed(stack);
      return [tick, ask].every((each) => (each?.totals["success"] ?? 0) > 0);
    });
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    // The newest run is printed, which may only just begin.
    const line = /"job":"tick","message":"at work","run":"[^"]+","version":"1"/;
    await until("the log of a run", async () => line.test(await stack.must("jobs logs", "tick")));
  });

  it("end by hand with the exit code of the job", async () => {
    const bad = await stack.keelson("jobs run", "bad");
    expect([bad.code, bad.stderr]).toEqual([3, "jobs.bad: failure: it ended with 3\n"]);
    const token = await stack.keelson("jobs run", "token");
    expect([token.code, token.stdout]).toEqual([0, expect.stringMatching(/"x-job":"token"/)]);
    expect(token.stdout).toMatch(/"authorization":"Bearer \[secret\]"/);
    const { bad: listedBad } = await listed(stack);
    expect(listedBad).toMatchObject({
      consecutiveFailures: 1,
      last: { result: "failure", code: 3 },
    });
  });

  it("go over to the containers of a release, which skips, doubles and kills no run", async () => {
    const before = await jobsContainers(stack);
    await until("a long run is in hand", async () => {
      const found = (await runsOf("long"))?.running ?? [];
      return found.length > 0;
    });
    stack.configure({ app: { version: "2" } });
    await stack.up();
    const now = await jobsContainers(stack);
    // The one before may have ended by now.
    const names = before.map((each) => each.split(" ")[0]);
    const fresh = now.filter((each) => !names.includes(each.split(" ")[0]));
    expect(fresh).toEqual([expect.stringMatching(/-jobs-[0-9a-f]{7} running$/)]);
    await until("the one before has ended", async () => {
      const states = await jobsContainers(stack);
      return states.filter((each) => each.endsWith(" running")).length === 1;
    });
    await until("the new release works", async () =>
      (await stack.must("jobs logs", "tick")).includes('"version":"2"'),
    );
    const all = await listed(stack);
    for (const name of ["tick", "ask", "long"]) {
      const { failure = 0, timeout = 0, interrupted = 0, missed = 0 } = all[name]?.totals ?? {};
      expect({ name, failure, timeout, interrupted, missed }).toEqual({
        ...{ name, failure: 0, timeout: 0, interrupted: 0, missed: 0 },
      });
    }
    const tick = await account(stack, "tick", 2);
    expect(tick).toMatchObject({ doubled: [], skipped: [] });
    expect(tick.runs).toBeGreaterThan(5);
    expect(await account(stack, "long", 20)).toMatchObject({ doubled: [], skipped: [] });
  });

  it("go on as before while a release fails", long, async () => {
    const before = await jobsContainers(stack);
    stack.configure({ app: { version: "3", env: { FAULT: "smoke" } } });
    const { code } = await stack.keelson("up");
    expect(code).toBe(1);
    const still = (await jobsContainers(stack)).filter((each) => each.endsWith(" running"));
    expect(still).toEqual(before.filter((each) => each.endsWith(" running")));
    expect(await account(stack, "tick", 2)).toMatchObject({ doubled: [], skipped: [] });
    stack.configure({ app: { version: "2", env: { FAULT: "none" } } });
  });

  it("are refused before anything changes where the image has no such program", long, async () => {
    stack.configure({ jobs: { wrong: { schedule: "0 0 1 1 *", command: ["no-such-program"] } } });
    const { code, stdout, stderr } = await stack.keelson("up");
    expect([code, stdout + stderr]).toEqual([
      1,
      expect.stringContaining('jobs.wrong.command: the image has no program "no-such-program"'),
    ]);
  });

  it("leave nothing running after stop, and nothing at all after a destroy", long, async () => {
    await stack.must("stop");
    expect((await jobsContainers(stack)).filter((each) => each.endsWith(" running"))).toEqual([]);
    await stack.must("destroy", "--yes");
    const { containers, volumes } = await stack.present();
    expect(containers).toEqual([]);
    // The database's data outlive the stack.
    expect(volumes).toEqual(["e2e-test-jobs-postgres-data"]);
  });
});
