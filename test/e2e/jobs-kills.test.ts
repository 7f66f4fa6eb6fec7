// @module-tag long
// Ten releases, and engines that are killed in them: each time of a schedule is run once, and each run comes to its end.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takePorts } from "../support/claims.js";
import { Command } from "../support/command.js";
import { until } from "../support/docker.js";
import { account, jobsContainers, listed, work } from "../support/jobs/account.js";
import { stepProcess } from "../support/phases.js";
import { generator, seed } from "../support/random.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const random = generator(seed);

const stack = new Stack("test-jobs-kill", {
  app: {
    version: "0",
    health: { startPeriod: "1s" },
    volumes: [{ name: "work", path: "/work", keep: false }],
  },
  jobs: {
    second: { schedule: "* * * * * * *", command: work(0), overlap: "allow" },
    minute: { schedule: "* * * * *", command: work(40_000) },
    ask: {
      schedule: "*/5 * * * * * *",
      http: { method: "GET", path: "/slow?ms=3000" },
      overlap: "allow",
    },
  },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  backup: { enabled: false },
});

beforeAll(async () => {
  console.log(`KEELSON_SEED=${seed}`);
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

async function expectNothingLost(): Promise<void> {
  await until("the containers of before have ended", async () => {
    const states = await jobsContainers(stack);
    return states.filter((each) => each.endsWith(" running")).length === 1;
  });
  for (const [job, seconds] of [
    ["second", 1],
    ["minute", 60],
  ] as const) {
    expect(await account(stack, job, seconds), job).toMatchObject({ doubled: [], skipped: [] });
  }
  for (const [name, { totals }] of Object.entries(await listed(stack))) {
    const { failure = 0, timeout = 0, interrupted = 0, missed = 0, skipped = 0 } = totals;
    expect([name, failure, timeout, interrupted, missed, skipped]).toEqual([name, 0, 0, 0, 0, 0]);
  }
}

describe(`jobs (seed ${seed})`, () => {
  it(
    "are neither skipped nor doubled nor killed by ten releases",
    { timeout: 900_000 },
    async () => {
      for (let version = 1; version <= 10; version++) {
        stack.configure({ app: { version: String(version) } });
        await stack.up();
      }
      await expectNothingLost();
    },
  );

  it.each(["jobs-check", "switch", "jobs-live"])(
    "nor by one whose engine is killed at its step %s",
    async (step) => {
      const milliseconds = Math.floor(random() * 1500);
      // The gate looks at the list of jobs alone, so that has to be another one too.
      const ask = { timeout: `${60 + milliseconds}s` };
      stack.configure({ app: { version: `killed-${step}` }, jobs: { ask } });
      const release = new Command(stack, ["up"]);
      await release.runs(stepProcess(step));
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await release.kill();
      console.log(`killed ${milliseconds} ms after ${step}: ${release.printed.at(-1) ?? ""}`);
      await stack.up();
      await expectNothingLost();
      const { changes } = await stack.up();
      expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    },
  );
});
