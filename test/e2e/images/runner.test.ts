// The program that starts jobs, in an image with nothing in it: no shell, no C library, no time zones.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobsPaths } from "#components/jobs/list";
import { cleanUp, docker, hardened, tryDocker, until } from "../../support/docker.js";
import { buildImages, secretLines, volume, writeSecrets, type Tags } from "../../support/images.js";

const prefix = "kimg-runner";
const empty = `${prefix}-empty`;
const uid = 10_001;
let tags: Tags = {};

const usual = {
  timeZone: "Europe/Berlin",
  timeoutSeconds: 30,
  retries: 0,
  overlap: "forbid",
  heartbeatFile: "",
};
/** The only program that is there is the runner itself. */
const health = [jobsPaths.runner, "health", jobsPaths.ledger];
const jobs = [
  { name: "tick", schedule: "* * * * * * *", command: health, ...usual },
  { name: "wrong", schedule: "0 0 1 1 *", command: [jobsPaths.runner], ...usual },
];

beforeAll(async () => {
  await cleanUp(prefix);
  tags = await buildImages("runner", "jobs");
  for (const each of ["files", "ledger", "bin"]) await volume(tags, `${prefix}-${each}`, uid);
  const deliver = ["--volume", `${prefix}-bin:/volume`, tags["runner"] ?? "", "deliver"];
  await docker([
    "run",
    "--rm",
    ...hardened,
    "--user",
    `${uid}:${uid}`,
    "--network",
    "none",
    ...deliver,
  ]);
  const list = JSON.stringify({ jobs, graceSeconds: 5 });
  await writeSecrets(tags, `${prefix}-files`, uid, secretLines({ "jobs.json": list }));
  // Two blocks of zeros: an archive with no file in it.
  await docker(["import", "-", empty], "\0".repeat(1024));
});
afterAll(async () => {
  await cleanUp(prefix);
  await tryDocker(["image", "rm", "--force", empty]);
});

const { runner, bin, files, ledger } = jobsPaths;
const args = (...more: string[]) => [
  ...["run", ...hardened, "--user", `${uid}:${uid}`, "--network", "none"],
  ...["--entrypoint", runner, "--volume", `${prefix}-bin:${bin}:ro`],
  ...["--volume", `${prefix}-files:${files}:ro`, "--volume", `${prefix}-ledger:${ledger}`],
  ...more,
];

async function serve(name: string): Promise<void> {
  const more = ["--detach", "--name", name, empty];
  await docker(args(...more, "serve", jobsPaths.list, ledger));
  await until(`${name} serves`, async () => {
    const asked = await tryDocker(["exec", name, ...health]);
    return asked.code === 0;
  });
}

/** Times at which the job has begun, by the logs of containers that ran it. */
async function begun(...names: string[]): Promise<string[]> {
  const logs = await Promise.all(names.map((name) => docker(["logs", name])));
  return logs
    .flatMap((text) => text.split("\n"))
    .filter((line) => line.includes('"message":"begins"'))
    .map((line) => (JSON.parse(line) as { scheduled: string }).scheduled)
    .sort();
}

function expectEachSecond(times: readonly string[]): void {
  const [first = "", last = ""] = [times[0], times.at(-1)];
  const count = (Date.parse(last) - Date.parse(first)) / 1000 + 1;
  const all = Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(first) + index * 1000).toISOString().replace(".000Z", "Z"),
  );
  expect(times).toEqual(all);
}

describe("the runner in an empty image", () => {
  it("is static, and knows the time zones", async () => {
    const checked = await tryDocker(args("--rm", empty, "check", jobsPaths.list));
    expect(checked).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("starts each job once, over two containers of which one is killed and one is drained", async () => {
    const [one, two, three] = [`${prefix}-1`, `${prefix}-2`, `${prefix}-3`];
    await serve(one);
    await until("it has run", async () => (await begun(one)).length >= 3);
    await serve(two);
    await until("both go on", async () => (await begun(one, two)).length >= 6);
    await docker(["kill", one]);
    await serve(three);
    await until("the next ones go on", async () => (await begun(two, three)).length >= 4);
    await docker(["kill", "--signal", "TERM", two]);
    expect(await docker(["wait", two])).toBe("0");
    const before = (await begun(three)).length;
    await until("the last one goes on alone", async () => (await begun(three)).length > before + 2);
    expectEachSecond(await begun(one, two, three));
    await docker(["stop", "--signal", "INT", three]);
    expect(await docker(["inspect", "--format", "{{.State.ExitCode}}", three])).toBe("0");
  });

  it("makes up for what fell into a pause, and lists it", async () => {
    const four = `${prefix}-4`;
    await serve(four);
    await until("it makes up", async () => (await begun(four)).length >= 3);
    expectEachSecond(await begun(`${prefix}-1`, `${prefix}-2`, `${prefix}-3`, four));
    const list = await docker(["exec", four, runner, "list", jobsPaths.list, ledger]);
    const [tick] = JSON.parse(list) as { next: string; totals: Record<string, number> }[];
    expect(Date.parse(tick?.next ?? "")).toBeGreaterThan(Date.now() - 5000);
    expect(tick?.totals["missed"] ?? 0).toBe(0);
  });

  it("runs a job by hand, and ends with its exit code", async () => {
    const run = (job: string) =>
      tryDocker(["exec", `${prefix}-4`, runner, "run", jobsPaths.list, ledger, job]);
    expect((await run("wrong")).code).toBe(2);
    const none = await run("none");
    expect([none.code, none.stderr]).toEqual([
      2,
      "there is no job none here: there is tick, wrong\n",
    ]);
    const logs = await docker([
      "exec",
      `${prefix}-4`,
      runner,
      "logs",
      jobsPaths.list,
      ledger,
      "tick",
    ]);
    expect(logs).toMatch(/"job":"tick","level":"info","message":"begins"/);
  });
});
