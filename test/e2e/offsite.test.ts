// Off-site repositories, on a real S3 server. The numbers are rows of the fault table.
// @module-tag long
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inventory, Proof } from "#cli/documents/backups";
import type { VolumeProof } from "#cli/documents/volumes";
import { readNote, writeNote } from "../support/app.js";
import { tryDocker, until } from "../support/docker.js";
import { containerOf, inside } from "../support/inspect.js";
import { Server } from "../support/roles.js";
import { startS3Server, type S3Server } from "../support/s3.js";
import { engine, Stack } from "../support/stack.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "admin");
const canary = "canary-5c1e77";
const secrets = {
  S3_ID: {},
  S3_KEY: {},
  S3_CA: {},
  BACKUP_PASSPHRASE: { minLength: 20 },
};

let s3: S3Server;

function stackOn(): Stack {
  const stack = new Stack("test-off", {
    // A busy machine is no reason to fail here.
    app: {
      health: { timeout: "20s", startTimeout: "240s" },
      volumes: [{ name: "uploads", path: "/data/uploads", backup: true }],
    },
    postgres: { adminPort: ports.admin },
    proxy: { httpPort: ports.http },
    secrets,
    backup: {
      schedule: "0 3 1 1 *",
      passphraseSecret: "BACKUP_PASSPHRASE",
      repositories: [
        {
          endpoint: s3.endpoint,
          bucket: s3.bucket,
          region: "us-east-1",
          uriStyle: "path",
          caSecret: "S3_CA",
          accessKeySecret: "S3_ID",
          secretKeySecret: "S3_KEY",
        },
      ],
    },
  });
  stack.environment = {
    S3_ID: s3.accessKey,
    S3_KEY: s3.secretKey,
    S3_CA: s3.ca,
    BACKUP_PASSPHRASE: "what the person keeps elsewhere",
  };
  return stack;
}

let stack: Stack;
let server: Server;

beforeAll(async () => {
  s3 = await startS3Server("test-off");
  stack = stackOn();
  server = new Server(stack, ports.admin, "e2e_local");
  await stack.sweep();
  await stack.up();
});
afterAll(async () => {
  await stack.remove();
  await s3.remove();
});

/** Runs a shell text among the uploads, as the app. */
const among = (script: string) => inside(stack, "app", "sh", "-ec", `cd /data/uploads; ${script}`);
const uploads = () =>
  among("find . -path ./.keelson -prune -o -type f -exec sha256sum {} + | sort");

const inventory = async () => JSON.parse(await stack.must("backups", "--json")) as Inventory;
const postgres = async (...statements: string[]) =>
  server.run(await server.login("postgres"), statements, "postgres");

/** Closes the present WAL segment after a commit that a target in time can end at. Returns its name. */
async function closeSegment(): Promise<string> {
  const rows = await postgres(
    "UPDATE keelson.heartbeat SET at = clock_timestamp()",
    "SELECT pg_walfile_name(pg_switch_wal()) AS segment",
  );
  return String(rows[0]?.["segment"]);
}

/** The timeline that a WAL segment is of. */
const timelineOf = (segment: string) => Number.parseInt(segment.slice(0, 8), 16);

/** WAL segments in a repository. */
async function segmentsIn(repository: number): Promise<string[]> {
  const { Id } = await containerOf(stack, "backup");
  const args = ["repo-ls", "--recurse", "archive/main", `--repo=${String(repository)}`];
  const { stdout } = await tryDocker(["exec", Id, "pgbackrest", ...args]);
  return [...stdout.matchAll(/\/([0-9A-F]{24})-/g)].map(([, name = ""]) => name);
}

async function untilIn(repository: number, segment: string): Promise<void> {
  await until(
    `${segment} in repository ${String(repository)}`,
    async () => (await segmentsIn(repository)).includes(segment),
    240,
    500,
  );
}

/** Waits for a full backup in each repository; returns the repository of each full backup. */
const fullBackups = () =>
  until(
    "a full backup in each",
    async () => {
      const { backups } = await inventory();
      const of = backups.filter(({ type }) => type === "full");
      return of.length >= 2 && of.map(({ repository }) => repository);
    },
    180,
  );

describe("an off-site repository", () => {
  it("gets WAL and full backups alongside the local one, and nothing there can be read", async () => {
    await writeNote(ports.http, canary);
    expect((await fullBackups()).sort()).toEqual([1, 2]);
    const segment = await closeSegment();
    for (const repository of [1, 2]) await untilIn(repository, segment);
    await s3.inside(`echo ${canary} >data/${s3.bucket}/control`);
    expect(await s3.filesWith(canary)).toEqual([`./${s3.bucket}/control`]);
    await s3.inside(`rm data/${s3.bucket}/control`);
    expect(Number(await s3.inside("find data -type f | wc -l"))).toBeGreaterThan(8);
  });

  it("8: while it can't be reached, the app writes, WAL gets to the local one and waits for it, and an alert is sent; it heals by itself", async () => {
    await s3.stop();
    const note = await writeNote(ports.http, "while there is no S3");
    const segments = [await closeSegment(), await closeSegment(), await closeSegment()];
    await untilIn(1, segments[2] ?? "");
    await until("archiving that has failed", async () => {
      const { archive } = await inventory();
      return archive.failing === true && archive.waiting >= segments.length;
    });
    const said = await stack.must("backups");
    expect(said).toMatch(/^Failing: WAL .*, \d+ segments wait/m);
    expect(said).toMatch(/^Failing: repository 2 can't be read: .*unable to connect/m);
    expect(said).toMatch(/^Failing: repository 2 of the volumes: it does not answer within/m);
    expect(await readNote(ports.http, note)).toBe("while there is no S3");
    await s3.start();
    for (const segment of segments) await untilIn(2, segment);
    await until("an archive that fails no more", async () => {
      const { archive, repositories = [] } = await inventory();
      return archive.failing === false && archive.waiting === 0 && repositories.every((r) => r.ok);
    });
  });

  it("9: gets all WAL of a long outage: none is dropped, however much waits", async () => {
    await s3.stop();
    const first = await closeSegment();
    const write = ["UPDATE keelson.heartbeat SET at = clock_timestamp()", "SELECT pg_switch_wal()"];
    await postgres(...Array.from({ length: 20 }, () => write).flat());
    const last = await closeSegment();
    await untilIn(1, last);
    const waited = (await segmentsIn(1)).filter((each) => each >= first);
    expect(waited.length).toBeGreaterThan(20);
    expect((await inventory()).archive.waiting).toBeGreaterThanOrEqual(waited.length);
    await s3.start();
    await untilIn(2, last);
    const there = await segmentsIn(2);
    expect(waited.filter((segment) => !there.includes(segment))).toEqual([]);
  });
});

describe("a drill", () => {
  it("restores from elsewhere with nothing of the host, and proves that backup alone", async () => {
    await among("mkdir 2026; echo picture >2026/one.png; echo text >two.txt");
    expect(await stack.must("backup now", "--type", "volumes")).toMatch(
      /^repository 2: uploads: 2 files, 13 bytes, /m,
    );
    await closeSegment();
    await untilIn(2, await closeSegment());
    const { code, stdout, stderr } = await stack.keelson("drill now", "--offsite", "--json");
    expect([code, stderr]).toEqual([0, ""]);
    const { volumes, ...proof } = JSON.parse(stdout) as Proof & { volumes: VolumeProof };
    expect(proof).toMatchObject({ proven: true, repository: 2, kind: "latest" });
    expect([volumes.error, volumes.snapshots]).toMatchObject([
      null,
      [{ volume: "uploads", repository: "2", files: 2, bytes: 13 }],
    ]);
    // Nothing of the local dumps; no hole where WAL has waited.
    expect(proof.checks.map(({ name, ok }) => [name, ok])).toEqual([
      ["archive without gaps", true] as const,
      ["heartbeat", true] as const,
      ["pages and indexes", true] as const,
      ["rows", true] as const,
      ["migrations", true],
    ]);
    expect((await inside(stack, "drill-offsite", "ls", "/")).split("\n")).not.toContain(
      "repository",
    );
    const { backups, drills } = await inventory();
    expect(new Set(backups.flatMap((b) => (b.provenAt === null ? [] : [b.repository])))).toEqual(
      new Set([2]),
    );
    expect(drills.last).toBeNull();
    const said = await stack.must("backups");
    expect(said).toMatch(/^Repository 2 alone: Proven: /m);
    expect(said).toMatch(/^Volumes, repository 2: proven: /m);
  });
});

describe("a passphrase", () => {
  it("13: that is another one is refused at deployment, and what there is goes on", async () => {
    const right = stack.environment;
    stack.environment = { ...right, BACKUP_PASSPHRASE: "a passphrase that is not the one" };
    const { code, stdout, stderr } = await stack.keelson("up");
    stack.environment = right;
    expect([code, stdout + stderr]).toEqual([
      1,
      expect.stringContaining(
        "backup.passphraseSecret: is not the passphrase that the repository was made with",
      ),
    ]);
    expect(stdout + stderr).not.toContain("a passphrase that is not the one");
    await untilIn(2, await closeSegment());
  });
});

describe("a restore on the same host", () => {
  it("comes from elsewhere where the local repository is lost, is undone, and the local one starts afresh", async () => {
    await fullBackups();
    const note = await writeNote(ports.http, "in both repositories");
    await closeSegment();
    const [row] = await postgres("SELECT clock_timestamp()::text AS at");
    const moment = String(row?.["at"]);
    await untilIn(2, await closeSegment());
    const later = await writeNote(ports.http, "after that moment");
    await inside(stack, "backup", "rm", "-rf", "/repository/archive", "/repository/backup");
    const none = await stack.keelson("restore", "--yes", "--at", moment, "--repository", "3");
    expect([none.code, none.stderr]).toEqual([
      1,
      expect.stringContaining("There is no off-site repository 3; there are: 2"),
    ]);
    const text = await stack.must("restore", "--yes", "--at", moment, "--repository", "2");
    expect(text).toMatch(
      /^Restored alongside the live data: the backup \S+ in repository 2 to 20/m,
    );
    expect(text).not.toContain("is not archived");
    expect(await readNote(ports.http, note)).toBe("in both repositories");
    expect(await readNote(ports.http, later)).toMatch(/^404 /);
    // It goes where nobody has been, though the local repository knows of no timeline.
    await untilIn(2, await closeSegment());
    await stack.must("restore", "--yes", "--undo");
    expect(await readNote(ports.http, later)).toBe("after that moment");

    // The one that follows a restore may still run, and is the only one at a time.
    const full = await until(
      "a full backup of one's own",
      async () => {
        const result = await stack.keelson("backup now", "--type", "full");
        return (
          (result.code === 0 || !result.stderr.includes("another backup is running")) && result
        );
      },
      240,
      1000,
    );
    expect([full.code, full.stderr]).toEqual([0, ""]);
    expect(full.stdout).toMatch(/^WAL segment \S+ is on repo1$/m);
    const segment = await closeSegment();
    expect(segment).toMatch(/^00000003/);
    for (const repository of [1, 2]) await untilIn(repository, segment);
    expect(await stack.must("drill now")).toMatch(/^Proven: /m);
    await stack.must("restore", "--yes", "--discard");
  });
});

describe("a new host", () => {
  const restore = (...args: string[]) =>
    stack.keelson("restore", "--offsite", "--engine", engine, ...args);

  it("is not one that has something of the stack, and none with data over which to restore", async () => {
    const { code, stderr } = await restore("--yes");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^The stack test-off is on this host already \(.*keelson restore --at/),
    ]);
  });

  it("gives the same site back from elsewhere, the settings and the passphrase: nothing else is there", async () => {
    const note = await writeNote(ports.http, "before the host was lost");
    await among(
      "mkdir -p 2026; echo picture >2026/one.png; echo text >two.txt; echo later >three.txt",
    );
    const had = await uploads();
    await stack.must("backup now", "--type", "volumes");
    const last = await closeSegment();
    await untilIn(2, last);
    await stack.remove();
    stack = stackOn();
    server = new Server(stack, ports.admin, "e2e_local");
    expect(await stack.present()).toEqual({ containers: [], networks: [], volumes: [] });

    // What the app has sealed with generated secrets would be lost: that has to be said.
    expect((await restore("--yes")).stderr).toMatch(/^secrets: SESSION_SECRET was generated on/);
    const right = stack.environment;
    stack.environment = { ...right, BACKUP_PASSPHRASE: "a passphrase that is not the one" };
    const wrong = await restore("--new-secrets", "--yes");
    stack.environment = right;
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/^Nothing was restored: .*can't be opened with this passphrase/),
    ]);
    expect((await stack.present()).volumes).toEqual([]);
    const said = await stack.must(
      "restore",
      "--offsite",
      "--engine",
      engine,
      "--new-secrets",
      "--yes",
    );
    expect(said).toMatch(/^The volume uploads is restored as it was at 20.*: 3 files, 19 B /m);
    expect(said).toMatch(/^ {2}ok {2}everything that is archived: up to 20/m);
    expect(said).not.toContain("FAILED");
    await stack.up();
    expect(await readNote(ports.http, note)).toBe("before the host was lost");
    expect(await uploads()).toBe(had);

    // It is protected as before: the local repository is a new one, that elsewhere goes on.
    await writeNote(ports.http, "on the new host");
    const segment = await closeSegment();
    expect(timelineOf(segment)).toBe(timelineOf(last) + 1);
    for (const repository of [1, 2]) await untilIn(repository, segment);
    const { code, stdout } = await stack.keelson("drill now", "--offsite", "--json");
    expect([code, (JSON.parse(stdout) as Proof).error]).toEqual([0, null]);
  });
});
