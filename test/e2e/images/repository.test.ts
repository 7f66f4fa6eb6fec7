// Physical backups and drills. The numbers are rows of the fault table that these images answer for.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inventory as inventorySchema, type Proof } from "#cli/documents/backups";
import { readDocument } from "#cli/documents/read";
import {
  counted,
  liveDatabase,
  namedDatabases,
  prepared,
  retainedRestores,
} from "#cli/documents/restores";
import { cleanUp, docker, run, tryDocker, until, untilHealthy } from "../../support/docker.js";
import { long } from "../../support/long.js";
import { RepositoryLab } from "../../support/repository.js";

const prefix = "kbak";
const lab = new RepositoryLab(prefix);

const inventory = async () =>
  readDocument(inventorySchema, await lab.must("backup", "inventory"), "inventory");

/** Names and details of the checks that failed. */
const failed = (proof: { checks: readonly { ok: boolean; name: string; detail: string }[] }) =>
  proof.checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);

/** What a file of the repository is changed to while something is done, and put back. */
async function without<T>(file: string, spoil: string, act: () => Promise<T>): Promise<T> {
  await lab.inRepository(`cp -p '${file}' /backups/kept; ${spoil}`);
  try {
    return await act();
  } finally {
    await lab.inRepository(`cp -p /backups/kept '${file}'; rm /backups/kept`);
  }
}

beforeAll(async () => {
  await cleanUp(`${prefix}-`);
  await lab.start(`
    CREATE TABLE orders AS SELECT n, md5(n::text) AS text FROM generate_series(1, 20000) n;
    CREATE INDEX ON orders (text);
    CREATE TABLE schema_migrations AS SELECT 1 AS version;`);
  await lab.must("backup", "dump");
});
afterAll(() => cleanUp(`${prefix}-`));

describe("a drill", () => {
  it("40: proves backup and dump, tells RPO and RTO, and leaves no trace in the repository", async () => {
    await lab.nextSecond();
    await lab.archive();
    const before = await lab.fingerprint();
    const { code, proof } = await lab.drill();
    expect([code, proof.error, failed(proof)]).toEqual([0, null, []]);
    expect(proof.checks.map(({ name, detail }) => [name, detail])).toEqual([
      ["archive without gaps", expect.stringMatching(/^\d+ segments$/)],
      ["heartbeat", expect.stringMatching(/^\d+ s before the drill$/)],
      ["pages and indexes", "pg_amcheck found nothing"],
      ["rows", "2 tables, 20001 rows"],
      ["migrations", "as in the newest dump"],
      ["dump", expect.stringMatching(/: 2 tables, 20001 rows, as its manifest says$/)],
    ]);
    expect(proof.rpoSeconds).toBeLessThanOrEqual(300);
    expect(proof.rtoSeconds).toBeGreaterThan(0);
    await lab.sql("UPDATE keelson.heartbeat SET at = at", "postgres");
    const after = await lab.fingerprint();
    // The server goes on archiving: everything that was there is as it was.
    const lines = new Set(after.split("\n"));
    const files = before.split("\n").filter((line) => / \.\/(backup|archive)\/.*\./.test(line));
    expect(files.filter((line) => !lines.has(line))).toEqual([]);
    expect(await lab.must("drill", "ls", "-A", "/drill")).toBe("");
    const { backups, dumps } = await inventory();
    expect(backups.map(({ type, provenAt }) => [type, provenAt !== null])).toEqual([
      ["full", true],
    ]);
    expect(dumps.map(({ provenAt }) => provenAt !== null)).toEqual([true]);
  });

  it("can neither write to the repository nor reach anybody", async () => {
    const { code, stderr } = await lab.exec("drill", "touch", "/repository/x");
    expect([code, stderr]).toEqual([1, expect.stringContaining("Read-only file system")]);
    expect(await lab.must("drill", "ls", "/sys/class/net")).toBe("lo");
  });

  it("is red when a question of the settings is not answered with true", async () => {
    const checks = JSON.stringify([
      { name: "orders", sql: "SELECT count(*) = 20000 FROM orders" },
      { name: "customers", sql: "SELECT count(*) > 0 FROM customers" },
    ]);
    const { code, proof } = await lab.drill("random", `DRILL_CHECKS=${checks}`);
    expect(code).toBe(1);
    expect(failed(proof)).toEqual([expect.stringMatching(/^customers: it gave .*does not exist/s)]);
    expect(proof).toMatchObject({ proven: false, kind: "random" });
  });

  it.each([
    [
      "2001-01-01 00:00:00+00",
      /^2001-01-01 00:00:00\.000000\+00 is outside of what can be restored: 20/,
    ],
    ["2099-01-01T00:00:00Z", /^2099-.* is outside of what can be restored: 20.* to 20/],
    ["2026-01-01 00:00:00", /has no time zone; write it as in '2026-02-03 04:05:06\+00'$/],
    ["yesterday+00", /is not a time; /],
  ])("41: refuses %s as a target, naming the window", async (target, message) => {
    const before = await lab.must("drill", "ls", "/proofs");
    const { code, proof } = await lab.drill(target);
    expect([code, proof.error]).toEqual([1, expect.stringMatching(message)]);
    // It was no drill: nothing is noted.
    expect(await lab.must("drill", "ls", "/proofs")).toBe(before);
  });
});

describe("a restore", () => {
  const id = "20260301100000";
  const isSound = ({ checks }: { checks: readonly { ok: boolean }[] }) =>
    checks.length > 0 && checks.every(({ ok }) => ok);

  it("of the server prints what the command line reads", async () => {
    await lab.archive();
    const live = readDocument(counted, await lab.restore("restore", "count"), "count");
    expect(live.rows).toMatchObject({ "public.orders": 20000 });
    const printed = await lab.restore("restore", "prepare", id, "at", "latest");
    const made = readDocument(prepared, printed, "prepare");
    expect(made).toMatchObject({ id, rows: live.rows, liveRows: live.rows, repository: 1 });
    expect([isSound(made), made.written]).toEqual([true, {}]);
    const data = "/var/lib/postgresql/data";
    await lab.must("server", "mkdir", `${data}/restore-foreign`);
    const listed = readDocument(retainedRestores, await lab.restore("restore", "list"), "list");
    expect(listed.map(({ id: each, kind, phase }) => [each, kind, phase])).toEqual([
      ["foreign", undefined, "foreign"],
      [id, "at", "ready"],
    ]);
    await lab.must("server", "rmdir", `${data}/restore-foreign`);
    await lab.restore("restore", "discard", id);
    expect(readDocument(retainedRestores, await lab.restore("restore", "list"), "list")).toEqual(
      [],
    );
  });

  it("of a dump prints what the command line reads", async () => {
    const live = readDocument(liveDatabase, await lab.restore("restore-dump", "count"), "count");
    expect(live.major).toBe(17);
    const [{ file } = { file: "" }] = (await inventory()).dumps;
    const printed = await lab.restore("restore-dump", "prepare", id, file);
    expect(isSound(readDocument(prepared, printed, "prepare"))).toBe(true);
    const list = async () =>
      readDocument(retainedRestores, await lab.restore("restore-dump", "list"), "list");
    expect(await list()).toMatchObject([{ id, kind: "dump", phase: "ready", asked: file }]);
    await lab.restore("restore-dump", "name", id, "alongside");
    const named = await lab.restore("restore-dump", "named");
    expect(readDocument(namedDatabases, named, "named")).toMatchObject([
      { database: "alongside", asked: file },
    ]);
    await lab.restore("restore-dump", "drop", "alongside");
    expect(await list()).toEqual([]);
  });
});

describe("a drill is red", () => {
  it("when a WAL file is missing in the middle of the archive", async () => {
    await lab.archive();
    const missing = await lab.archive();
    await lab.archive();
    const file = await lab.inRepository(`ls archive/main/17-1/*/${missing}-*`);
    const { code, proof } = await without(file, `rm '${file}'`, () => lab.drill());
    expect([code, proof.proven]).toEqual([1, false]);
    expect(proof.error).toMatch(
      /does not recover to .*recovery ended before configured recovery target was reached/,
    );
  });

  it("when a WAL file is missing that the restored backup does not need", long, async () => {
    const first = (await inventory()).backups.length;
    await lab.must("backup", "physical-backup", "diff");
    // The end of a backup is given in whole seconds: a target in the same one would take the backup before.
    await lab.sql("SELECT pg_sleep(1.1)");
    await lab.archive();
    const missing = await lab.inRepository("ls archive/main/17-1/*/*.zst | sort | sed -n 6p");
    const { proof } = await without(missing, `rm '${missing}'`, () => lab.drill());
    expect([first, proof.backup]).toEqual([1, expect.stringMatching(/D$/)]);
    expect(failed(proof)).toEqual([
      expect.stringContaining(
        `archive without gaps: missing: ${missing.split("/").at(-1)?.slice(0, 24) ?? ""}; what can be restored is 20`,
      ),
    ]);
  });

  it("when a byte of the backup has flipped", long, async () => {
    const file = await lab.inRepository(
      "ls -S $(find backup/main/*F -name '[0-9]*' -type f -path '*bundle*') | head -n 1",
    );
    const flip = `printf '\\xff\\xfe\\xff' | dd of='${file}' bs=1 seek=70000 conv=notrunc status=none`;
    const { code, proof } = await without(file, flip, () => lab.drill());
    expect([code, proof.error]).toEqual([
      1,
      expect.stringMatching(/^the backup can't be restored: /),
    ]);
  });

  it("when the newest moment in the archive is too old", long, async () => {
    const { proof } = await lab.drill("latest", "DRILL_MAX_RPO=0");
    expect(failed(proof)).toEqual([
      expect.stringMatching(
        /^heartbeat: the newest heartbeat that can be restored is \d+ s old, and may be 0 s old/,
      ),
    ]);
  });
});

describe("WAL", () => {
  it("1: gets into the archive in time after a crash, too", long, async () => {
    await docker(["kill", "--signal", "KILL", lab.name("server")]);
    await docker(["start", lab.name("server")]);
    await untilHealthy(lab.name("server"), 120);
    // Counted from the crash: first what came before it, then what archive_timeout closes.
    const archived = async () =>
      Number(await lab.sql("SELECT archived_count FROM pg_stat_archiver"));
    await until("two segments in the archive", async () => (await archived()) >= 2, 90, 500);
    expect(await lab.sql("SELECT failed_count FROM pg_stat_archiver")).toBe("0");
  });
});

describe("a backup", () => {
  it("46: gives way to one that runs, which is not disturbed", async () => {
    const runs = await Promise.all([
      lab.exec("backup", "physical-backup", "diff"),
      lab.exec("backup", "physical-backup", "diff"),
    ]);
    expect(runs.map(({ code }) => code).sort()).toEqual([0, 75]);
    expect(runs.find(({ code }) => code === 75)?.stderr).toBe(
      "physical-backup: another backup is running; this one was not begun\n",
    );
  });

  it(
    "8: that can't be archived leaves the server writable, and heals by itself",
    long,
    async () => {
      await lab.inRepository("chmod 500 archive/main/17-1/*");
      try {
        await lab.sql("INSERT INTO orders VALUES (0, 'while the repository is not writable')");
        await lab.sql("SELECT pg_switch_wal()");
        await until("archiving has failed", async () => (await inventory()).archive.failing);
        expect((await inventory()).archive.waiting).toBeGreaterThan(0);
      } finally {
        await lab.inRepository("chmod 700 archive/main/17-1/*");
      }
      await until(
        "nothing waits",
        async () => {
          await lab.sql("SELECT pg_switch_wal()");
          const { failing, waiting } = (await inventory()).archive;
          return !failing && waiting === 0;
        },
        180,
      );
    },
  );

  it("says so when the server is gone, and nothing that was there is lost", long, async () => {
    const before = (await inventory()).backups.length;
    const { code, stderr } = await tryDocker([
      "exec",
      "--env",
      "PGPASSWORD_FILE=/run/secrets/none",
      lab.name("backup"),
      "physical-backup",
      "full",
    ]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("is missing or empty")]);
    expect(JSON.parse(await lab.must("backup", "cat", "/backups/status-base.json"))).toMatchObject({
      kind: "full",
      error: expect.stringContaining("is missing or empty") as unknown,
    });
    expect((await inventory()).backups).toHaveLength(before);
  });
});

/** The least that a drill writes of a backup that it has restored. */
function proofOf(label: string): Proof {
  const endedAt = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const proven = { id: `x-${label}`, kind: "latest", proven: true, error: null, endedAt };
  return { ...proven, repository: 1, backup: label, checks: [] };
}

describe("retention", () => {
  it("42: lets an old full backup go only when two younger ones are proven", long, async () => {
    const fulls = async () =>
      (await inventory()).backups.filter(({ type }) => type === "full").map(({ label }) => label);
    const take = (window: number) =>
      docker([
        "exec",
        "--env",
        `BASE_WINDOW=${String(window)}`,
        lab.name("backup"),
        "physical-backup",
        "full",
      ]);
    const prove = (label = "") =>
      lab.must(
        "drill",
        "sh",
        "-c",
        `cat >/proofs/proof-x-${label}.json <<'END'\n${JSON.stringify(proofOf(label))}\nEND`,
      );
    const [first] = await fulls();
    await take(1_000_000);
    const second = (await fulls())[1];
    // Within the window all stay, and outside of it as long as fewer than two of the younger ones are proven.
    await take(1);
    expect(await fulls()).toHaveLength(3);
    await prove(second);
    await prove((await fulls())[2]);
    const age = async () =>
      Number(
        await lab.must(
          "backup",
          "bash",
          "-c",
          "pgbackrest info --output=json | jq 'now - ([.[].backup[] | select(.type == \"full\") | .timestamp.stop] | max) | floor'",
        ),
      );
    // The next one is to be within a window that the newest of these is not in.
    await until("the newest is ten seconds old", async () => (await age()) >= 10);
    await take((await age()) - 1);
    const left = await fulls();
    expect([left.includes(first ?? ""), left.length]).toEqual([false, 3]);
  });

  it("42: deletes no proven full backup below two, over 10,000 random histories", async () => {
    const seed = Number(process.env["KEELSON_SEED"] ?? Math.floor(Math.random() * 1e6));
    let state = seed;
    const random = (most: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * most);
    };
    const histories = Array.from({ length: 10_000 }, () => {
      const stops = Array.from({ length: random(12) }, () => random(1000)).sort((a, b) => a - b);
      const fulls = stops.map((stop, index) => ({
        label: `${String(index).padStart(3, "0")}F`,
        stop,
      }));
      const proven = fulls.filter(() => random(3) === 0).map(({ label }) => label);
      // The clock may be anywhere: before all of them, or a year ahead.
      return {
        now: random(2) === 0 ? random(1200) : 1_000_000,
        window: 1 + random(400),
        fulls,
        proven,
      };
    });
    const input = histories.map((each) => JSON.stringify(each)).join("\n");
    const args = [
      "run",
      "--rm",
      "-i",
      "--network",
      "none",
      lab.tags["backup"] ?? "",
      "jq",
      "-f",
      "/usr/local/lib/keelson/keep-fulls.jq",
    ];
    const answers = (await run("docker", args, { input })).stdout.trim().split("\n").map(Number);
    expect(answers).toHaveLength(histories.length);
    const violations = histories.filter(({ fulls, proven, now, window }, index) => {
      const keep = answers[index] ?? 0;
      const kept = [...fulls].reverse().slice(0, keep);
      const gone = fulls.length - kept.length;
      const keptProven = kept.filter(({ label }) => proven.includes(label)).length;
      const covered = kept.at(-1)?.stop ?? 0;
      return (
        gone > 0 &&
        (keptProven < 2 ||
          kept.length < 2 ||
          covered > now - window ||
          (kept[0]?.stop ?? 0) <= now - window)
      );
    });
    expect(violations, `KEELSON_SEED=${String(seed)}`).toEqual([]);
    expect(
      histories.filter(({ fulls }, index) => (answers[index] ?? 0) < fulls.length).length,
    ).toBeGreaterThan(100);
  });
});

describe("a deployment", () => {
  it("18: is refused where the stanza is not that of the server, and makes none", async () => {
    const args = ["exec", "--env", "PGBACKREST_STANZA=mian", lab.name("backup")];
    const { code, stderr } = await tryDocker([...args, "prepare-repository"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^prepare-repository: the repository can't be used: ERROR: \[037\]: .*stanza/,
      ),
    ]);
    expect(await lab.inRepository("ls archive backup")).toBe("archive:\nmain\n\nbackup:\nmain");
  });
});

describe("a passphrase", () => {
  it("16: that is not the repository's is refused at deployment", async () => {
    await lab.writeConfig("other.conf", "second passphrase");
    const args = ["exec", "--env", "PGBACKREST_CONFIG=/run/secrets/other.conf", lab.name("backup")];
    const { code, stderr } = await tryDocker([...args, "prepare-repository"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^prepare-repository: the repository can't be used: it can't be opened with this passphrase; give the one it was made with \(backup\.passphraseSecret\)/,
      ),
    ]);
  });

  it("16: is kept next to the repository, whatever a stack that comes back has generated", async () => {
    const key = (origin: string, offered: string) =>
      tryDocker(["exec", "-i", lab.name("backup"), "choose-passphrase", origin], `${offered}\n`);
    expect((await key("generated", "first")).stdout).toBe("first");
    expect((await key("generated", "second")).stdout).toBe("first");
    expect((await key("given", "first")).stdout).toBe("first");
    const { code, stdout, stderr } = await key("given", "second");
    expect([code, stdout, stderr]).toEqual([
      1,
      "",
      expect.stringMatching(
        /^backup\.passphraseSecret: is not the passphrase that the repository was made with/,
      ),
    ]);
    expect((await key("given", "")).code).toBe(1);
  });
});
