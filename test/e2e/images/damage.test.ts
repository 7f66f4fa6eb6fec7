// @module-tag long
// Backups that are damaged, and disks that are full. The numbers are rows of the fault table.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inventory as inventorySchema } from "#cli/documents/backups";
import { readDocument } from "#cli/documents/read";
import { cleanUp, docker, until, untilHealthy } from "../../support/docker.js";
import { RepositoryLab } from "../../support/repository.js";

const prefix = "test-damage";
const lab = new RepositoryLab(prefix);

const inventory = async () =>
  readDocument(inventorySchema, await lab.must("backup", "inventory"), "inventory");
const alerts = async () =>
  (await inventory()).alerts.map(({ alert, text }) => `${alert}: ${text}`).join("\n");
const inBackup = (script: string) => lab.must("backup", "bash", "-c", `set -e; ${script}`);
const inServer = (script: string) => docker(["exec", lab.name("server"), "sh", "-c", script]);
const dumps = async () => (await inBackup("cd /backups && ls *.dump")).split("\n");

/** A volume in memory: its disk is small, and stays as long as a container has it. */
async function smallDisk(name: string, size: string): Promise<void> {
  const options = ["type=tmpfs", "device=tmpfs", `o=size=${size},uid=999,gid=999,mode=0700`];
  const args = options.flatMap((each) => ["--opt", each]);
  await docker(["volume", "create", "--driver", "local", ...args, lab.name(name)]);
}

beforeAll(async () => {
  await cleanUp(`${prefix}-`);
  await smallDisk("data", "400m");
  await smallDisk("backups", "24m");
  await smallDisk("repository", "160m");
  await lab.start(`
    CREATE TABLE orders AS SELECT n, md5(n::text) AS text FROM generate_series(1, 20000) n;
    CREATE INDEX ON orders (text);`);
  await lab.must("backup", "dump");
});
afterAll(() => cleanUp(`${prefix}-`));

describe("10: a dump that was damaged", () => {
  const other = "is not what it was when it was made";
  const flip = "printf '\\xff' | dd bs=1 seek=50000 conv=notrunc status=none of=";
  const damages = [
    { how: "truncated", spoil: "truncate -s 60000", message: other },
    { how: "with a flipped bit", spoil: flip, message: other },
    { how: "emptied", spoil: "truncate -s 0", message: "is empty" },
  ];
  for (const { how, spoil, message } of damages) {
    it(`and ${how} is found, and a new one is taken`, async () => {
      await lab.nextSecond();
      await lab.must("backup", "dump");
      const bad = (await dumps()).at(-1) ?? "";
      await inBackup(`cd /backups && ${spoil}${spoil.endsWith("=") ? "" : " "}'${bad}'`);
      const { code, stderr } = await lab.exec("backup", "verify");
      expect([code, stderr]).toEqual([1, expect.stringContaining(`the dump ${bad} ${message}`)]);
      expect(await alerts()).toContain(
        `KeelsonVerifyRed: what is stored is damaged: the dump ${bad} ${message}`,
      );
      await lab.must("backup", "replace-damaged");
      const [second, newest = ""] = (await dumps()).slice(-2);
      expect([second, newest > bad]).toEqual([bad, true]);
      expect(await lab.must("backup", "replace-damaged")).toBe("");
      await inBackup(`cd /backups && rm '${bad.replace(/dump$/, "")}'*`);
      await lab.must("backup", "verify");
      expect(await alerts()).not.toContain("KeelsonVerifyRed");
    });
  }
});

describe("11: a file of the repository that was damaged", () => {
  it("is found by what pgBackRest says, whose exit code is 0; a new full backup is taken, and a drill proves it", async () => {
    const { backups: before } = await inventory();
    const file = await inBackup(
      "cd /repository && ls -S $(find backup/main/*F -type f -path '*bundle*') | head -n 1",
    );
    await inBackup(
      `cd /repository && printf '\\xff\\xfe\\xff' | dd of='${file}' bs=1 seek=70000 conv=notrunc status=none`,
    );
    expect((await lab.exec("backup", "pgbackrest", "verify")).code).toBe(0);
    const label = before[0]?.label ?? "";
    const { code, stderr } = await lab.exec("backup", "verify");
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`repository 1: error: backup: ${label}, status: invalid`),
    ]);
    expect(await alerts()).toContain(
      "KeelsonVerifyRed: what is stored is damaged: repository 1: error",
    );
    await lab.archive();
    const { proof: red } = await lab.drill();
    expect(red.error).toMatch(/^the backup can't be restored: /);
    await lab.nextSecond();
    await lab.must("backup", "replace-damaged");
    const { backups: after } = await inventory();
    expect(after.map(({ type }) => type)).toEqual([...before.map(({ type }) => type), "full"]);
    await lab.nextSecond();
    await lab.archive();
    const { code: proven, proof } = await lab.drill();
    expect([proven, proof.error, proof.backup]).toEqual([0, null, after.at(-1)?.label]);
    // It stays damaged until it goes: nothing is deleted for being damaged.
    expect((await lab.exec("backup", "verify")).code).toBe(1);
  });
});

describe("12: a WAL file that is lost", () => {
  it("is found by the next drill, which says what can be restored; after a new full backup the next one is green", async () => {
    await lab.archive();
    const missing = await lab.archive();
    await lab.archive();
    await inBackup(`cd /repository && rm archive/main/17-1/*/${missing}-*`);
    const { code, proof: red } = await lab.drill();
    const said =
      /recovery ended before configured recovery target was reached; WAL (\S+) is missing: what can be restored is (.*) to (.*)$/.exec(
        red.error ?? "",
      );
    expect([code, said?.[1]]).toEqual([1, missing]);
    const [, , from = "", to = ""] = said ?? [];
    const iso = (time: string) => `${time.slice(0, 19).replace(" ", "T")}Z`;
    expect((await inventory()).window).toEqual({ from: iso(from), to: iso(to) });
    // It is true: the last moment that it names can be restored, and nothing after it is promised.
    const { proof: there } = await lab.drill(to);
    expect(there.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual([
      "archive without gaps",
    ]);
    expect((await lab.drill(new Date().toISOString())).proof.error).toContain(`${from} to ${to}`);
    await lab.nextSecond();
    await lab.must("backup", "replace-damaged");
    await lab.nextSecond();
    await lab.archive();
    const { code: proven, proof } = await lab.drill();
    expect([proven, proof.error]).toEqual([0, null]);
    expect(proof.checks[0]?.detail).toMatch(
      /, and 1 holes that are known, before what can be restored$/,
    );
    const { window, backups } = await inventory();
    expect(Date.parse(window.from ?? "")).toBeGreaterThanOrEqual(
      Date.parse(backups.at(-1)?.endedAt ?? ""),
    );
  });
});

describe("45: a backup whose server is replaced meanwhile", () => {
  const running = (condition: string) =>
    until("it waits", async () => {
      const query = `SELECT count(*) FROM pg_stat_activity WHERE ${condition}`;
      return (await lab.sql(query, "postgres")) === "1";
    });

  it("fails in order if it is a dump, and the next one is good", async () => {
    const before = await dumps();
    const lock = lab.sql("BEGIN; LOCK TABLE orders; SELECT pg_sleep(600)").catch(() => "cut");
    await running("query = 'SELECT pg_sleep(600)'");
    const dump = lab.exec("backup", "dump");
    await running("application_name = 'backup' AND wait_event_type = 'Lock'");
    await docker(["restart", "--time", "60", lab.name("server")]);
    expect([(await dump).code, await lock]).toEqual([1, "cut"]);
    await untilHealthy(lab.name("server"), 120);
    expect(await alerts()).toContain("KeelsonBackupFailed: the last dump failed: ");
    expect(await dumps()).toEqual(before);
    expect(await inBackup("ls -A /backups | grep part || true")).toBe("");
    await lab.must("backup", "dump");
    expect(await alerts()).not.toContain("KeelsonBackupFailed");
  });

  it("fails in order if it is a physical one, and the next one is good", async () => {
    const { backups: before } = await inventory();
    // It begins with a checkpoint.
    const checkpointer = await lab.sql(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
      "postgres",
    );
    await inServer(`kill -STOP ${checkpointer}`);
    const base = lab.exec("backup", "physical-backup", "full");
    await running("application_name LIKE 'pgBackRest%' AND query LIKE '%pg_backup_start%'");
    const stopped = docker(["stop", "--time", "60", lab.name("server")]);
    expect((await base).code).toBe(1);
    await inServer(`kill -CONT ${checkpointer}`);
    await stopped;
    await docker(["start", lab.name("server")]);
    await untilHealthy(lab.name("server"), 120);
    expect(await alerts()).toContain("KeelsonBackupFailed: the last full backup failed: ");
    expect((await inventory()).backups).toEqual(before);
    await lab.must("backup", "physical-backup", "full");
    expect(await alerts()).not.toContain("KeelsonBackupFailed");
  });
});

describe("6: a full disk", () => {
  const disks = [
    {
      disk: "dumps",
      folder: "/backups",
      args: ["dump"],
      name: "dump",
      said: "No space left on device",
    },
    {
      disk: "repository",
      folder: "/repository",
      args: ["physical-backup", "full"],
      name: "full backup",
      said: "the disk of the repository has ",
    },
  ];
  for (const { disk, folder, args, name, said } of disks) {
    it(`of the ${disk} loses nothing that was there, and says so at once`, async () => {
      await lab.sql(
        "CREATE TABLE incompressible AS SELECT n, encode(sha512(n::text::bytea), 'base64') AS text FROM generate_series(1, 40000) n",
      );
      // Else it is the WAL that finds no place.
      await lab.archive();
      const list = `cd ${folder} && find . -name '*.dump' -o -name backup.manifest | sort | xargs sha256sum`;
      const before = await inBackup(list);
      await inBackup(
        `head -c 500m /dev/zero >${folder}/filler 2>/dev/null || true; truncate -s -2m ${folder}/filler`,
      );
      expect(await alerts()).toContain(`KeelsonDiskFull: the disk of ${disk} is`);
      const { code, stderr } = await lab.exec("backup", ...args);
      expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
      expect(await inBackup(list)).toBe(before);
      await inBackup(`rm ${folder}/filler`);
      await lab.must("backup", ...args);
      expect(await alerts()).not.toContain(`the last ${name} failed`);
      await lab.sql("DROP TABLE incompressible");
    });
  }
});

describe("7: a full disk of the server", () => {
  const fill = (megabytes: number) =>
    inServer(`head -c ${megabytes}m /dev/zero >>/var/lib/postgresql/data/filler || true`);
  const used = async () => {
    const { disks } = await inventory();
    const data = disks.find(({ name }) => name === "data");
    return data === undefined ? 0 : 1 - data.free / data.size;
  };

  it("is reported at 80 and 90 percent, takes no writes, and has lost nothing when there is space again", async () => {
    expect(await alerts()).not.toContain("the disk of data");
    const to = async (share: number) => fill(Math.ceil((share - (await used())) * 400) + 2);
    await to(0.8);
    expect(await alerts()).toContain("KeelsonDiskFilling: the disk of data is 8");
    await to(0.9);
    expect(await alerts()).toContain("KeelsonDiskFull: the disk of data is 9");
    await lab.sql("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n");
    await fill(400);
    await expect(
      lab.sql(
        "CREATE TABLE more AS SELECT n, repeat('x', 1000) AS text FROM generate_series(1, 200000) n",
      ),
    ).rejects.toThrow();
    await docker(["exec", lab.name("backup"), "true"]);
    await freed();
    await untilHealthy(lab.name("server"), 120);
    expect(await lab.sql("SELECT count(*), sum(n) FROM kept")).toBe("1000|500500");
    await lab.sql("INSERT INTO kept VALUES (1001)");
    await lab.nextSecond();
    await lab.archive();
    expect((await lab.drill()).proof.error).toBe(null);
  });

  /** Frees the disk and starts the server where it has ended. */
  async function freed(): Promise<void> {
    const args = ["run", "--rm", "--user", "999:999", "--network", "none", "--volume"];
    const volume = `${lab.name("data")}:/var/lib/postgresql/data`;
    await docker([
      ...args,
      volume,
      lab.tags["backup"] ?? "",
      "rm",
      "/var/lib/postgresql/data/filler",
    ]);
    await docker(["start", lab.name("server")]);
  }
});
