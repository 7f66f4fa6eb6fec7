// @module-tag long
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resticConfig, resticFile } from "#components/backup/restic";
import { readDocument } from "#cli/documents/read";
import { volumeInventory, volumeLook, volumeProof, type VolumeProof } from "#cli/documents/volumes";
import { cleanUp, docker, hardened, run, tryDocker, untilHealthy } from "../../support/docker.js";
import { buildImages, secretLines, volume, writeSecrets, type Tags } from "../../support/images.js";

const prefix = "kimg-volumes";
const user = "4711:4712";
const name = (role: string) => `${prefix}-${role}`;
let tags: Tags = {};

beforeAll(async () => {
  await cleanUp(prefix);
  tags = await buildImages("jobs", "backup");
  for (const role of ["app", "store", "drill", "status"]) await volume(tags, name(role), 4711);
  await volume(tags, name("secrets"), 0);
  await writeConfig("a passphrase");
  await docker([
    "run",
    "--detach",
    "--name",
    name("backup"),
    ...hardened,
    "--user",
    user,
    "--network",
    "none",
    "--health-interval",
    "1s",
    "--env",
    "VOLUMES=uploads",
    "--env",
    "CRONTAB=0 0 1 1 * true",
    ...mounts("app:/volumes/uploads:ro", "store:/volume-backups", "drill:/drill"),
    ...mounts("status:/volumes-status"),
    ...mounts("secrets:/run/secrets:ro"),
    tags["backup"] ?? "",
    "cron",
  ]);
  await untilHealthy(name("backup"));
  await app(`mkdir -p 'in a/folder' empty && echo one >one && echo two >'in a/folder/tüo' && ln -s one link &&
    ln one hard && head -c 2000000 /dev/urandom >big && chmod 600 one && touch 'two
lines'`);
  await must("volume-backup", "prepare");
  await must("volume-backup", "take");
});
afterAll(() => cleanUp(prefix));

const mounts = (...each: string[]) => each.flatMap((one) => ["--volume", `${prefix}-${one}`]);

async function writeConfig(passphrase: string): Promise<void> {
  const config = resticConfig({ host: "shop-test", prefix: "/none", offsite: [] });
  const lines = secretLines({ RESTIC_PASSWORD: passphrase, [resticFile]: config });
  const { code, stderr } = await writeSecrets(tags, name("secrets"), 4711, lines);
  if (code !== 0) throw new Error(stderr);
}

const backup = (...args: string[]) => tryDocker(["exec", name("backup"), ...args]);
const must = (...args: string[]) => docker(["exec", name("backup"), ...args]);

/** Runs a shell text in the volume, as the app; docker must not give it the ownership of the working directory. */
const app = (script: string, as = user) => {
  const args = ["--rm", "--user", as, "--workdir", "/app", ...mounts("app:/app:nocopy")];
  return docker(["run", ...args, tags["backup"] ?? "", "bash", "-ec", script]);
};

/** Runs the script of restores, where it may write to the volume. */
const restore = (...args: string[]) => {
  const own = ["--user", user, "--network", "none", "--volumes-from", `${name("backup")}:ro`];
  const run = ["run", "--rm", ...hardened, ...own, ...mounts("app:/volume")];
  return tryDocker([...run, tags["backup"] ?? "", "restore-volume", ...args]);
};

/** All that the app has: content, kind, mode, owner and time of each entry. */
const content = () =>
  app(`find . -mindepth 1 -path ./.keelson -prune -o -printf '%P %y %m %U:%G %s %T@ %l\\0' | sort -z | tr '\\0' '\\n'
    find . -path ./.keelson -prune -o -type f -print0 | sort -z | xargs -0 sha256sum`);

const inventory = async () =>
  readDocument(volumeInventory, await must("volume-backup", "inventory"), "inventory");
const look = async () =>
  readDocument(volumeLook, await must("restore-volume", "look", "uploads", "latest"), "look");

async function drill(kind = "latest"): Promise<{ code: number; proof: VolumeProof }> {
  const { code, stdout } = await backup("drill-volumes", kind);
  return { code, proof: readDocument(volumeProof, stdout, "proof") };
}

describe("a backup of volumes", () => {
  it("is proven by a drill, which restores it and compares it with what the app has", async () => {
    const before = await content();
    const { code, proof } = await drill();
    expect([code, proof.proven, proof.error]).toEqual([0, true, null]);
    expect(proof.checks.map(({ ok, detail }) => [ok, detail.replace(/ of 2.*Z/, "")])).toEqual([
      [true, expect.stringMatching(/^restic check --read-data-subset=[1-7]\/7 found nothing$/)],
      [true, "5 files, 2000012 bytes; 5 are as the app has them"],
    ]);
    const { snapshots, repositories, lastRun } = await inventory();
    expect(snapshots).toMatchObject([{ volume: "uploads", files: 5, complete: true }]);
    expect(snapshots[0]?.provenAt).toBe(proof.endedAt);
    expect(repositories).toMatchObject([{ ok: true, drills: { lastProven: { id: proof.id } } }]);
    expect(lastRun?.error).toBe(null);
    expect(await content()).toBe(before);
  });

  it("tells another user how it went, and what was proven", async () => {
    const read = ["run", "--rm", "--user", "999:999", ...mounts("status:/volumes-status:ro")];
    const told = JSON.parse(
      await docker([...read, tags["backup"] ?? "", "cat", "/volumes-status/volumes.json"]),
    ) as unknown;
    const { repositories, lastRun } = await inventory();
    expect(told).toEqual({
      run: lastRun,
      drills: [{ repository: 1, ...repositories[0]?.drills }],
    });
  });

  it("is taken at an up only where there is none", async () => {
    await must("volume-backup", "take", "--if-none");
    expect((await inventory()).snapshots).toHaveLength(1);
  });

  it("lies encrypted, and is not opened with another passphrase", async () => {
    const found = await must("bash", "-c", "grep -rl 'tüo' /volume-backups/repository || true");
    expect(found).toBe("");
    const wrong = "echo wrong >/tmp/p; RESTIC_PASSWORD_FILE=/tmp/p volume-backup prepare";
    const { code, stderr } = await backup("bash", "-c", wrong);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("can't be opened with this passphrase; give the one it was made"),
    ]);
  });

  it("says which files it could not read, and counts as incomplete then", async () => {
    await app("echo x >private && chmod 600 private", "0:0");
    const { code, stderr } = await backup("volume-backup", "take");
    await app("rm private", "0:0");
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("1 files of uploads could not be read, such as /volumes/uploads/pri"),
    ]);
    const { snapshots, lastRun } = await inventory();
    expect(snapshots.map(({ complete }) => complete)).toEqual([true, false]);
    expect(lastRun?.error).toContain("could not be read");
    expect((await look()).snapshot.id).toBe(snapshots[0]?.id);
  });

  it("gives way to another one, and comes after one that was killed", async () => {
    const held =
      "exec 9>/volume-backups/.lock; flock 9; volume-backup take; echo $? >/tmp/code; cat /tmp/code";
    expect((await backup("bash", "-c", held)).stdout.trim()).toBe("75");
    // What a killed one leaves: restic's own lock.
    const left =
      "cd /volume-backups/repository/locks && echo x >$(printf %064d 1) && chmod 400 $(printf %064d 1)";
    await must("bash", "-c", left);
    await must("volume-backup", "take");
    expect((await inventory()).lastRun?.error).toBe(null);
  });

  it("removes old ones, but never the two newest, nor the two newest that are proven", async () => {
    const proven = (await inventory()).snapshots.filter(({ provenAt }) => provenAt !== null);
    expect(proven).toHaveLength(1);
    const old = `source /usr/local/lib/keelson/volumes.bash
      for day in 1 2 3; do at 1 backup --quiet --time "2026-01-0$day 10:00:00" --host shop-test --tag uploads /volumes/uploads; done`;
    await must("bash", "-ec", old);
    const none = ["DAILY=1", "WEEKLY=0", "MONTHLY=0"].flatMap((each) => [
      "--env",
      `BACKUP_KEEP_${each}`,
    ]);
    await docker(["exec", ...none, name("backup"), "volume-backup", "take"]);
    await docker(["exec", ...none, name("backup"), "volume-backup", "take"]);
    const left = (await inventory()).snapshots.filter(({ complete }) => complete);
    expect(left).toHaveLength(3);
    expect(left[0]?.id).toBe(proven[0]?.id);
  });
});

describe("a restore of a volume", () => {
  it("gives back what was lost, and what was there before can be put back", async () => {
    const good = await content();
    await app("rm -r 'in a' && echo other >one && echo new >later");
    const lost = await content();
    const { snapshot, since, before } = await look();
    expect([since, before]).toEqual([{ files: 3, bytes: 16 }, null]);
    expect((await restore("fetch", "uploads", snapshot.id)).code).toBe(0);
    // Nothing is changed before the swap.
    expect(await content()).toBe(lost);
    expect((await restore("swap")).code).toBe(0);
    expect(await content()).toBe(good);
    await restore("back");
    await restore("swap");
    expect(await content()).toBe(lost);
    await restore("back");
    await restore("swap");
    expect(await content()).toBe(good);
    expect((await look()).since).toEqual({ files: 0, bytes: 0 });
  });

  it.each(["out", "in"])(
    "that was interrupted while things went %s is gone on with",
    async (phase) => {
      const good = await content();
      await app("echo other >one");
      expect((await restore("fetch", "uploads", (await look()).snapshot.id)).code).toBe(0);
      const half =
        phase === "out" ? "mv one .keelson/old" : "mv * .keelson/old; mv .keelson/new/one .";
      await app(
        `rm -r .keelson/old; mkdir .keelson/old; ${half}; printf ${phase} >.keelson/swapping`,
      );
      expect((await look()).swapping).toBe(true);
      expect((await restore("fetch", "uploads", "x")).stderr).toContain(
        "was interrupted; go on with it",
      );
      expect((await restore("forget")).stderr).toContain("was interrupted; go on with it first");
      expect((await restore("swap")).code).toBe(0);
      expect(await content()).toBe(good);
      expect(await app("cat .keelson/old/one")).toBe("other");
    },
  );

  it.each([
    ["a snapshot that is not there", ["look", "uploads", "deadbeef"], "has no snapshot deadbeef"],
    ["a volume that is not there", ["look", "nope", "latest"], "there is no volume nope that is"],
    ["a repository that is not there", ["look", "uploads", "latest", "7"], "no repository 7"],
  ])("refuses %s", async (_, args, message) => {
    const { code, stderr } = await backup("restore-volume", ...args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it("keeps nothing once that is removed", async () => {
    expect((await restore("forget")).code).toBe(0);
    expect((await restore("back")).stderr).toContain("there is nothing to undo");
    expect((await restore("swap")).stderr).toContain("there is nothing to swap in");
  });
});

describe("an archive of a volume", () => {
  it("holds everything, and needs neither Keelson nor a passphrase", async () => {
    const good = await content();
    await must("volume-backup", "archive", "uploads");
    await must(
      "bash",
      "-c",
      "cd /volume-backups/final && sha256sum --check uploads.tar.zst.sha256",
    );
    await app("rm -r -- *");
    const unpack = `docker exec ${name("backup")} cat /volume-backups/final/uploads.tar.zst |
      docker run --rm -i --user ${user} --volume ${name("app")}:/app ${tags["backup"] ?? ""} tar -x --zstd -C /app`;
    await run("bash", ["-o", "pipefail", "-c", unpack]);
    expect(await content()).toBe(good);
  });
});

describe("a damaged repository", () => {
  it("is reported by the next drill, and nothing is restored from it", async () => {
    await must("bash", "-ec", damage);
    const good = await content();
    const { code, proof } = await drill("random");
    expect([code, proof.proven]).toEqual([1, false]);
    expect(proof.error).toContain("repository: restic check:");
    const { repositories } = await inventory();
    expect(repositories[0]?.drills.last?.proven).toBe(false);
    expect(repositories[0]?.drills.lastProven).not.toBe(null);
    const id = (await inventory()).snapshots.at(-1)?.id ?? "";
    const { code: refused, stderr } = await restore("fetch", "uploads", id);
    expect([refused, stderr]).toEqual([1, expect.stringContaining("can't be restored")]);
    expect(await content()).toBe(good);
  });
});

/** Alters a byte in the middle of the largest file. */
const damage = `cd /volume-backups/repository/data
  file=$(find . -type f -printf '%s %p\\n' | sort -n | tail -n 1 | cut -d ' ' -f 2)
  chmod u+w "$file"
  byte=$(od -An -tu1 -j 500000 -N 1 "$file")
  printf "\\\\x$(printf %02x $((byte ^ 1)))" | dd of="$file" bs=1 seek=500000 conv=notrunc status=none`;
