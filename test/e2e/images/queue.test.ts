// A queue that is written to is backed up, proven and restored; one whose log is damaged.
// @module-tag long
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDocument } from "#cli/documents/read";
import { volumeLook, volumeProof } from "#cli/documents/volumes";
import { resticConfig, resticFile } from "#components/backup/restic";
import { cleanUp, docker, hardened, tryDocker, until, untilHealthy } from "../../support/docker.js";
import { buildImages, secretLines, volume, writeSecrets, type Tags } from "../../support/images.js";
import {
  addressOf,
  askRedis,
  push,
  redisPassword,
  redisSecrets,
  settingsOf,
  startRedis,
} from "../../support/redis.js";

const prefix = "kimg-queue";
const name = (role: string) => `${prefix}-${role}`;
const server = name("server");
let tags: Tags = {};
/** Variables by which the scripts know the volumes. */
const known = ["VOLUMES=redis-jobs", "QUEUES=redis-jobs"].flatMap((each) => ["--env", each]);

beforeAll(async () => {
  await cleanUp(prefix);
  tags = await buildImages("jobs", "redis", "backup");
  await docker(["network", "create", name("data")]);
  await volume(tags, name("secrets"), 0);
  const config = resticConfig({ host: "shop-test", prefix: "/none", offsite: [] });
  const secrets = { ...redisSecrets, RESTIC_PASSWORD: "a passphrase", [resticFile]: config };
  const { code, stderr } = await writeSecrets(tags, name("secrets"), 998, secretLines(secrets));
  if (code !== 0) throw new Error(stderr);
  for (const role of ["store", "drill", "status"]) await volume(tags, name(role), 998);
  const often = ["--auto-aof-rewrite-min-size", "1kb", "--auto-aof-rewrite-percentage", "1"];
  await startRedis({ tags, prefix, name: server }, settingsOf({ for: "queue" }), often);
  await docker([
    "run",
    "--detach",
    "--name",
    name("backup"),
    ...hardened,
    "--user",
    "998:998",
    "--network",
    "none",
    "--health-interval",
    "1s",
    ...known,
    "--env",
    "CRONTAB=0 0 1 1 * true",
    ...mounts("server-data:/queues/redis-jobs:ro", "store:/volume-backups", "drill:/drill"),
    ...mounts("status:/volumes-status", "secrets:/run/secrets:ro"),
    tags["backup"] ?? "",
    "cron",
  ]);
  await untilHealthy(name("backup"));
  await must("volume-backup", "prepare");
});
afterAll(() => cleanUp(prefix));

const mounts = (...each: string[]) => each.flatMap((one) => ["--volume", `${prefix}-${one}`]);
const backup = (...args: string[]) => tryDocker(["exec", name("backup"), ...args]);
const must = (...args: string[]) => docker(["exec", name("backup"), ...args]);
const ask = (...command: string[]) => askRedis(server, "app", redisPassword, ...command);
const asMonitor = async (section: string) => {
  const { MONITOR_PASSWORD } = redisSecrets;
  return askRedis(server, "monitor", MONITOR_PASSWORD, "INFO", section);
};

/** Runs a shell text as the server's user, in its volume. */
const inVolume = (script: string) => {
  const args = ["--rm", "--user", "998:998", "--entrypoint", "bash", "--workdir", "/data"];
  const data = mounts("server-data:/data:nocopy");
  return docker(["run", ...args, ...data, tags["redis"] ?? "", "-ec", script]);
};

const restore = (...args: string[]) => {
  const own = ["--user", "998:998", "--network", "none", "--volumes-from", `${name("backup")}:ro`];
  const run = ["run", "--rm", ...hardened, ...own, ...known, ...mounts("server-data:/volume")];
  return tryDocker([...run, tags["backup"] ?? "", "restore-volume", ...args]);
};

async function drill() {
  const { code, stdout } = await backup("drill-volumes", "latest");
  return { code, proof: readDocument(volumeProof, stdout, "proof") };
}

const snapshot = async () => {
  const found = await must("restore-volume", "look", "redis-jobs", "latest");
  return readDocument(volumeLook, found, "look").snapshot.id;
};

/** Stops the server, and starts it again on what was restored. */
async function exchanged(id: string): Promise<void> {
  expect((await restore("fetch", "redis-jobs", id)).code).toBe(0);
  await docker(["stop", server]);
  expect((await restore("swap")).code).toBe(0);
  await docker(["start", server]);
  await untilHealthy(server);
}

/** Places a text over what stands four bytes before a task: over the length of its name. */
const damage = (text: string) => `file=$(ls -t appendonlydir/*.incr.aof | head -n 1)
  at=$(grep -abo 'task-150' "$file" | head -n 1 | cut -d : -f 1)
  printf '${text}' | dd of="$file" bs=1 seek=$((at - 4)) conv=notrunc status=none`;

describe("a queue", () => {
  it("is backed up as of one moment and proven, while tasks come and its log is rewritten", async () => {
    const pushing = push(await addressOf(server));
    await pushing.begun;
    const before = Number(await ask("LLEN", "numbers"));
    for (let round = 0; round < 3; round++) {
      await must("volume-backup", "take");
      const { code, proof } = await drill();
      expect([code, proof.error]).toEqual([0, null]);
      expect(proof.checks.at(-1)?.detail).toMatch(/; a server reads 1 keys; /);
    }
    expect(Number(/aof_rewrites:(\d+)/.exec(await asMonitor("persistence"))?.[1])).toBeGreaterThan(
      3,
    );
    await exchanged(await snapshot());
    await pushing.acknowledged;
    const kept = Number(await ask("LLEN", "numbers"));
    expect(kept).toBeGreaterThanOrEqual(before);
    expect(await ask("LINDEX", "numbers", "-1")).toBe(String(kept));
  });

  it("has the way back after a restore", async () => {
    const kept = await ask("LLEN", "numbers");
    await docker(["stop", server]);
    expect((await restore("back")).code).toBe(0);
    expect((await restore("swap")).code).toBe(0);
    await docker(["start", server]);
    await untilHealthy(server);
    expect(Number(await ask("LLEN", "numbers"))).toBeGreaterThan(Number(kept));
  });

  it("whose log has zeros at its end, as after a power failure, starts", async () => {
    const kept = await ask("LLEN", "numbers");
    await docker(["stop", server]);
    await inVolume('truncate -s +12 "$(ls -t appendonlydir/*.incr.aof | head -n 1)"');
    await docker(["start", server]);
    await untilHealthy(server);
    expect(await ask("LLEN", "numbers")).toBe(kept);
    expect(await inVolume("stat -c %s set-aside/*")).toBe("12");
  });

  it("whose log is damaged within is not started without what follows, is not proven, and comes back by a restore", async () => {
    await docker(["rm", "--force", server]);
    await startRedis({ tags, prefix, name: server }, settingsOf({ for: "queue" }));
    const script = "for i=1,300 do redis.call('RPUSH', 'tasks', 'task-'..i) end return 1";
    for (let i = 1; i <= 300; i += 100) {
      const some = script.replace("1,300", `${String(i)},${String(i + 99)}`);
      expect(await ask("EVAL", some, "0")).toBe("1");
    }
    await must("volume-backup", "take");
    const good = await snapshot();
    await docker(["stop", server]);
    await inVolume(damage("$9999\\r"));
    await docker(["start", server]);
    await until("its refusal", async () => {
      const { stderr } = await tryDocker(["logs", server]);
      return stderr.includes("further writes follow. Restore the queue");
    });
    await must("volume-backup", "take");
    const { code, proof } = await drill();
    expect([code, proof.error]).toEqual([
      1,
      expect.stringMatching(/its log can't be read from byte/),
    ]);
    expect((await restore("fetch", "redis-jobs", await snapshot())).stderr).toMatch(
      /the snapshot was restored, but its log can't be read/,
    );
    await exchanged(good);
    expect(await ask("LLEN", "tasks")).toBe("300");
    expect((await drill()).code).toBe(1);
    await must("volume-backup", "take");
    expect((await drill()).proof.error).toBe(null);
  });
});
