import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  cleanUp,
  docker,
  hardened,
  tryDocker,
  until,
  untilHealthy,
  type Outcome,
} from "../../support/docker.js";
import {
  buildImages,
  inVolume,
  jobArgs,
  secretLines,
  volume,
  writeSecrets,
  type Tags,
} from "../../support/images.js";
import { schedules } from "../../support/schedules.js";

const folder = "kimg-jobs-folder";
let tags: Tags = {};

beforeAll(async () => {
  await cleanUp("kimg-jobs");
  tags = await buildImages("jobs", "backup");
  await volume(tags, folder, 999);
});
afterAll(() => cleanUp("kimg-jobs"));

describe("the schedule", () => {
  const name = "kimg-jobs-cron";
  const args = (...more: string[]) =>
    jobArgs(
      tags,
      { network: "none", folder, secrets: "kimg-jobs-none", database: "none" },
      ...more,
    );
  const cron = (...more: string[]) => docker(["run", "--detach", "--name", name, ...args(...more)]);
  const printed = async () => (await tryDocker(["logs", name])).stdout.trim().split("\n");

  afterEach(() => tryDocker(["rm", "--force", name]));

  it("44: runs a command again and again, never twice at once, and waits for it when it is stopped", async () => {
    const command = "sh -c 'echo begin; sleep 2; echo end'";
    await cron("--env", "CRON_SCHEDULE=*/1 * * * * * *", "--env", `CRON_COMMAND=${command}`);
    await untilHealthy(name);
    await until("it runs for the third time", async () => (await printed()).length === 5);
    await docker(["stop", "--time", "20", name]);
    // On a slow machine a fourth may have begun by then.
    expect((await printed()).join(" ")).toMatch(/^(begin end ?){3,}$/);
  });

  it("takes every schedule that the settings take", async () => {
    const test =
      'while read -r each; do echo "$each true" >/tmp/c; supercronic -test /tmp/c 2>/tmp/l || echo "$each"; done';
    const run = ["run", "--rm", "--interactive", "--network", "none", ...hardened];
    const shell = [tags["jobs"] ?? "", "sh", "-c", test];
    const refused = await docker([...run, ...shell], `${schedules.join("\n")}\n`);
    expect(refused).toBe("");
  });

  it.each([
    [["--env", "CRON_COMMAND=true"], "jobs image: CRON_SCHEDULE is not set"],
    [
      ["--env", "CRON_COMMAND=true", "--env", "CRON_SCHEDULE=61 * * * *"],
      "'61 * * * *' is not a cron expression",
    ],
  ])("refuses %j", async (settings, message) => {
    const { code, stderr }: Outcome = await tryDocker(["run", "--rm", ...args(...settings)]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it("is unhealthy when the last good backup is too old", async () => {
    const settings = ["--env", "CRON_SCHEDULE=@yearly", "--env", "CRON_COMMAND=backup"];
    const check = () => tryDocker(["exec", name, "healthcheck"]);
    await inVolume(tags, folder, `echo '{"lastSuccess":"2020-01-01T00:00:00Z"}' >status.json`);
    await cron(...settings, "--env", "BACKUP_MAX_AGE_SECONDS=1");
    const message = "the last good backup is";
    await until("it is unhealthy", async () => (await check()).stdout.startsWith(message));
    await inVolume(
      tags,
      folder,
      `echo "{\\"lastSuccess\\":\\"$(date -u +%FT%TZ -d +1hour)\\"}" >status.json`,
    );
    expect((await check()).code).toBe(0);
  });
});

describe("secrets and volumes", () => {
  const values = {
    plain: "a",
    odd: `quote " dollar $ back \\ tick \` \n second line`,
    long: "x".repeat(100_000),
  };

  it("arrive unchanged, for their uid alone", async () => {
    await volume(tags, "kimg-jobs-s", 0);
    expect((await writeSecrets(tags, "kimg-jobs-s", 10_001, secretLines(values))).code).toBe(0);
    const as = (uid: string, ...command: string[]) =>
      tryDocker([
        "run",
        "--rm",
        ...hardened,
        "--user",
        uid,
        "--volume",
        "kimg-jobs-s:/run/secrets:ro",
        tags["jobs"] ?? "",
        ...command,
      ]);
    expect((await as("10001", "cat", "/run/secrets/odd")).stdout).toBe(values.odd);
    expect((await as("10001", "cat", "/run/secrets/long")).stdout).toBe(values.long);
    expect((await as("10001", "stat", "-c", "%a %u", "/run/secrets/plain")).stdout).toBe(
      "400 10001\n",
    );
    expect((await as("10002", "cat", "/run/secrets/plain")).code).toBe(1);
  });

  it.each([
    ["", "no secrets came in"],
    ["../x eA==\n", "'../x' can't be the name of a secret"],
    ["a not-base-64!\n", "the value of a is not base64"],
    ["a \n", "the secret a has no value"],
    ["a eA==", "the input ends in the middle of a; nothing was written for it"],
  ])("are refused from %j, and nothing is left", async (input, message) => {
    await volume(tags, "kimg-jobs-bad", 0);
    const { code, stderr } = await writeSecrets(tags, "kimg-jobs-bad", 999, input);
    expect([code, stderr]).toEqual([1, `write-secrets: ${message}\n`]);
    expect(await inVolume(tags, "kimg-jobs-bad", "ls -A")).toBe("");
  });

  it("do not change hands when they hold another owner's data", async () => {
    await inVolume(tags, folder, "echo data >data");
    await expect(volume(tags, folder, 10_001)).rejects.toThrow(
      "holds data of uid 999, and is wanted for uid 10001",
    );
    expect(await inVolume(tags, folder, "stat -c %u /backups")).toBe("999");
  });
});
