import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp, docker, tryDocker, until } from "../../support/docker.js";
import { long } from "../../support/long.js";
import { gatewayOf } from "../../support/host-address.js";
import {
  buildImages,
  inVolume,
  jobArgs,
  startDatabase,
  secretLines,
  sql,
  volume,
  writeSecrets,
  type Tags,
} from "../../support/images.js";

const network = "kimg-backup-net";
const database = "kimg-backup-pg";
const backups = "kimg-backup-backups";
const secrets = "kimg-backup-secrets";
let tags: Tags = {};

beforeAll(async () => {
  await cleanUp("kimg-backup");
  tags = await buildImages("postgres", "jobs", "backup");
  await volume(tags, backups, 999);
  await startDatabase(tags, "kimg-backup");
  await sql(
    database,
    `CREATE TABLE orders AS SELECT n, md5(n::text) AS text FROM generate_series(1, 20000) n;
     CREATE TABLE "Odd ""name""" (n int); INSERT INTO "Odd ""name""" VALUES (1), (2);
     CREATE TABLE empty (n int);
     CREATE TABLE parts (n int) PARTITION BY RANGE (n);
     CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (3);
     SELECT lo_from_bytea(0, 'large') FROM generate_series(1, 3);`,
  );
});
afterAll(() => cleanUp("kimg-backup"));

const job = { network, folder: backups, secrets, database };

const args = (folder: string, ...more: string[]) => jobArgs(tags, { ...job, folder }, ...more);

const backup = (...more: string[]) => tryDocker(["run", "--rm", ...args(backups, ...more), "dump"]);

const inFolder = (script: string, folder = backups) => inVolume(tags, folder, script);

/** Settings that keep the dumps of some days, and no others. */
function keeping(days: number): string[] {
  return [`DAILY=${days}`, "WEEKLY=0", "MONTHLY=0"].flatMap((rule) => [
    "--env",
    `BACKUP_KEEP_${rule}`,
  ]);
}

/** Complete dumps of the first days of 2020. */
function oldDumps(days: number, folder = backups): Promise<string> {
  const stem = "close-the-loop_test-2020010${d}T000000Z";
  const write = `for e in dump dump.sha256 json; do echo old >${stem}.$e; done`;
  return inFolder(`for d in $(seq ${days}); do ${write}; done`, folder);
}

const dumps = () => inFolder("ls *.dump 2>/dev/null || true");

async function json(file: string): Promise<Record<string, unknown>> {
  return JSON.parse(await inFolder(`cat ${file}`)) as Record<string, unknown>;
}

describe("the backup", () => {
  it("makes a dump that restores into a new database with equal row counts", async () => {
    expect((await backup()).code).toBe(0);
    const file = await dumps();
    expect(file).toMatch(/^close-the-loop_test-\d{8}T\d{6}Z\.dump$/);
    expect(await inFolder("sha256sum --check *.sha256")).toBe(`${file}: OK`);
    const manifest = await json(file.replace(/dump$/, "json"));
    expect(manifest["rows"]).toEqual({
      "public.orders": 20_000,
      'public."Odd ""name"""': 2,
      "public.empty": 0,
      "public.parts_1": 1,
    });
    expect(manifest["largeObjects"]).toEqual({ count: 3, bytes: 15 });
    await sql(database, "CREATE DATABASE restored", "postgres");
    const globals = await inFolder(`cat ${file.replace(/dump$/, "globals.sql")}`);
    expect(globals).toMatch(/^CREATE ROLE keelson;$/m);
    expect(globals).not.toMatch(/PASSWORD/);
    const restore = `PGPASSWORD=$(cat /run/secrets/password) pg_restore --single-transaction --exit-on-error --dbname=restored /backups/${file}`;
    await docker(["run", "--rm", ...args(backups), "sh", "-c", restore]);
    const counts = await sql(
      database,
      `SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM "Odd ""name"""), (SELECT count(*) FROM empty), (SELECT count(*) FROM parts)`,
      "restored",
    );
    expect(counts).toBe("20000|2|0|1");
    expect(await json("status.json")).toMatchObject({ error: null, lastFailure: null, file });
  });

  it("counts the rows of the dump's own moment, whatever is written meanwhile", async () => {
    const writing = sql(
      database,
      `DO $$ BEGIN FOR n IN 1..400 LOOP INSERT INTO empty VALUES (n); COMMIT; PERFORM pg_sleep(0.005); END LOOP; END $$`,
    );
    expect((await backup()).code).toBe(0);
    await writing;
    const file = String((await json("status.json"))["file"]);
    const manifest = (await json(file.replace(/dump$/, "json")))["rows"] as Record<string, number>;
    const lines = `pg_restore --data-only --table=empty --file=- /backups/${file} | grep -c '^[0-9]' || true`;
    expect(Number(await inFolder(lines))).toBe(manifest["public.empty"]);
  });

  it.each([
    ["a database that is not there", ["--env", "PGDATABASE=nope"], "does not exist"],
    [
      "a server that does not answer",
      ["--env", "PGHOST=nowhere.invalid"],
      "could not translate host name",
    ],
    [
      "a password that is missing",
      ["--env", "PGPASSWORD_FILE=/run/secrets/none"],
      "is missing or empty",
    ],
  ])("says what went wrong with %s, and leaves no file", async (_what, settings, message) => {
    const before = await inFolder("ls -A");
    const { code, stderr } = await backup(...settings);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(await inFolder("ls -A")).toBe(before);
    const status = await json("status.json");
    expect(status["error"]).toContain(message);
    expect(status["lastSuccess"]).toMatch(/^\d{4}-.*Z$/);
  });

  it(
    "leaves no file under its final name when it is killed, and the next one tidies up",
    long,
    async () => {
      const before = await dumps();
      await sql(
        database,
        "CREATE TABLE big AS SELECT n, repeat(md5(n::text), 20) AS text FROM generate_series(1, 150000) n",
      );
      await docker(["run", "--detach", "--name", "kimg-backup-kill", ...args(backups), "dump"]);
      await until("the dump has begun", async () =>
        (await inFolder("ls -s *.part 2>/dev/null || true")).match(/^[1-9]\d/),
      );
      await docker(["kill", "kimg-backup-kill"]);
      expect(await dumps()).toBe(before);
      expect(await inFolder("ls *.part | wc -l")).toBe("1");
      expect((await backup()).code).toBe(0);
      expect(await inFolder("ls *.part 2>/dev/null | wc -l")).toBe("0");
    },
  );

  it("6: leaves the old dumps alone when the disk is full", long, async () => {
    const folder = "kimg-backup-small";
    const options = [
      "--opt",
      "type=tmpfs",
      "--opt",
      "device=tmpfs",
      "--opt",
      "o=size=3m,uid=999,gid=999",
    ];
    await docker(["volume", "create", "--driver", "local", ...options, folder]);
    // The folder is emptied when its last container ends: this one keeps it.
    await docker([
      "run",
      "--detach",
      "--name",
      "kimg-backup-keep",
      ...args(folder),
      "sleep",
      "600",
    ]);
    await oldDumps(4, folder);
    const { code, stderr } = await tryDocker([
      "run",
      "--rm",
      ...args(folder, ...keeping(1)),
      "dump",
    ]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("No space left on device")]);
    expect(await inFolder("ls *.dump | wc -l; ls *.part 2>/dev/null | wc -l", folder)).toBe("4\n0");
  });

  it("keeps what the settings say after a success", async () => {
    await oldDumps(3);
    expect((await backup(...keeping(2))).code).toBe(0);
    const left = (await dumps()).split("\n");
    expect(left[0]).toBe("close-the-loop_test-20200103T000000Z.dump"); // the newest of the second day
    expect(left.at(-1)).toBe((await json("status.json"))["file"]);
  });

  it("is refused while another one is running", async () => {
    await docker([
      "run",
      "--detach",
      "--name",
      "kimg-backup-lock",
      ...args(backups),
      "flock",
      "/backups/.backup.lock",
      "sleep",
      "600",
    ]);
    await until(
      "the lock is taken",
      async () =>
        (
          await tryDocker([
            "exec",
            "kimg-backup-lock",
            "flock",
            "-n",
            "/backups/.backup.lock",
            "true",
          ])
        ).code === 1,
    );
    const { code, stderr } = await backup();
    await docker(["rm", "--force", "kimg-backup-lock"]);
    expect([code, stderr]).toEqual([
      75,
      "backup: another backup of this folder is running; this one was not begun\n",
    ]);
  });

  it("tells the watcher how it went, and goes on without one", long, async () => {
    const heard: string[] = [];
    const watcher = createServer((request, response) => {
      heard.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((resolve) => watcher.listen(0, "0.0.0.0", resolve));
    const gateway = await gatewayOf(network);
    const { port } = watcher.address() as AddressInfo;
    await writeSecrets(
      tags,
      secrets,
      999,
      secretLines({ watcher: `http://${gateway}:${port}/ping/abc`, dead: `http://${gateway}:1/x` }),
    );
    const told = ["--env", "HEARTBEAT_URL_FILE=/run/secrets/watcher"];
    await backup(...told);
    await backup(...told, "--env", "PGDATABASE=nope");
    watcher.close();
    expect(heard).toEqual(["/ping/abc/start", "/ping/abc", "/ping/abc/start", "/ping/abc/fail"]);
    const { code, stderr } = await backup("--env", "HEARTBEAT_URL_FILE=/run/secrets/dead");
    expect(code).toBe(0);
    expect(stderr).toContain("ping-heartbeat: the watcher could not be pinged");
  });
});
