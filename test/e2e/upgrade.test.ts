// @module-tag long
// Another version of PostgreSQL, or other data than the stack's own. The numbers are rows of the fault table.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inventory, Proof } from "#cli/documents/backups";
import type { UpgradeReport } from "#cli/documents/upgrade";
import { takeLock } from "#engine/lock";
import { ask, readNote, writeNote } from "../support/app.js";
import { Command } from "../support/command.js";
import { docker, logs, until, untilHealthy } from "../support/docker.js";
import { containerOf, inside } from "../support/inspect.js";
import { olderPostgres } from "../support/older-postgres.js";
import { Server } from "../support/roles.js";
import { Stack } from "../support/stack.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "admin");
const stack = new Stack("test-upg", {
  // None of this is about how quick the app is.
  app: { health: { timeout: "20s", startTimeout: "300s" } },
  postgres: { version: 15, adminPort: ports.admin },
  proxy: { httpPort: ports.http },
});
const server = new Server(stack, ports.admin, "e2e_local");

const plan = [
  "  keelson upgrade-postgres --stack test-upg --config-file",
  " --rehearse\n    restores the newest state from the repository and upgrades that",
  " --apply\n    does it on the data, with the app in maintenance",
];

/** For what builds an image first, where it is not there yet. */
const patient = { timeout: 1_200_000 };

/** A command that has to refuse; all that it printed. */
async function refused(command: string, ...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await stack.keelson(command, ...more);
  expect([code, stderr]).toEqual([1, expect.any(String)]);
  return stdout + stderr;
}

/** What must be the same when nothing was touched. */
async function untouched() {
  const { containers, networks, volumes } = await stack.present();
  const { Id, State } = await containerOf(stack, "postgres");
  return {
    containers: containers.sort(),
    networks: networks.sort(),
    volumes: volumes.sort(),
    state: readFileSync(stack.stateFile, "utf8"),
    server: [Id, State.StartedAt],
    version: await version(),
  };
}

async function version(): Promise<string> {
  const [row] = await server.as("postgres", "SHOW server_version");
  return String(row?.["server_version"]).split(".")[0] ?? "";
}

/** A command's report, the last line that it prints. */
async function report(...more: string[]): Promise<UpgradeReport> {
  const output = await stack.must("upgrade-postgres", ...more, "--json");
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as UpgradeReport;
}

const inventory = async () => JSON.parse(await stack.must("backups", "--json")) as Inventory;
const folders = async () =>
  (await inside(stack, "postgres", "ls", "/var/lib/postgresql/data")).split("\n");

/** Closes a WAL segment between two commits: what was written before can be restored then. */
async function archive(): Promise<void> {
  const superuser = await server.login("postgres");
  const beat = "UPDATE keelson.heartbeat SET at = clock_timestamp()";
  await server.run(superuser, [beat], "postgres");
  const [row] = await server.run(
    superuser,
    [beat, "SELECT pg_walfile_name(pg_switch_wal()) AS name"],
    "postgres",
  );
  await until("a WAL segment in the archive", async () => {
    const sql = "SELECT last_archived_wal AS name FROM pg_stat_archiver";
    const [last] = await server.as("postgres", sql);
    return String(last?.["name"]).slice(0, 24) >= String(row?.["name"]);
  });
}

/** The words by a German order, found by the index alone. */
async function args(): Promise<string[]> {
  const rows = await server.as(
    "postgres",
    "SET enable_seqscan = off",
    `SELECT word FROM words WHERE word > 'y' COLLATE "de-x-icu" ORDER BY word COLLATE "de-x-icu"`,
  );
  return rows.map(({ word }) => String(word));
}

let kept: number;
let last: number | undefined;
beforeAll(async () => {
  await stack.sweep();
  await stack.up();
  kept = await writeNote(ports.http, "of PostgreSQL 15");
  await server.as(
    "postgres",
    `CREATE TABLE words (word text)`,
    `INSERT INTO words VALUES ('Äpfel'), ('zuletzt'), ('Zebra')`,
    `CREATE INDEX words_german ON words (word COLLATE "de-x-icu")`,
  );
  await until("a first backup", async () => (await inventory()).backups.length > 0);
  await archive();
});
afterAll(() => stack.remove());

describe("47: another major version in the settings", () => {
  it("is refused with the plan, by preview and up; nothing is touched", async () => {
    const before = await untouched();
    stack.configure({ postgres: { version: 17 } });
    for (const command of ["preview", "up"]) {
      const text = await refused(command);
      expect(text).toContain(
        "The data of test-upg are of PostgreSQL 15, and postgres.version is 17: nothing was changed. Set it to 15, or upgrade:",
      );
      for (const part of plan) expect(text).toContain(part);
    }
    expect(await untouched()).toEqual(before);
    expect(await readNote(ports.http, kept)).toBe("of PostgreSQL 15");
  });

  it("is not applied before it was rehearsed", async () => {
    const before = await untouched();
    expect(await refused("upgrade-postgres", "--apply", "--yes")).toContain(
      "Nothing was changed: no rehearsal of this upgrade (PostgreSQL 15 → 17, with these images) has succeeded last.",
    );
    expect(await untouched()).toEqual(before);
  });

  it("is rehearsed, which says what is in the way", patient, async () => {
    const before = await untouched();
    await server.as("postgres", "CREATE TABLE odd AS SELECT 'now'::regproc AS function");
    await archive();
    const { code, stdout } = await stack.keelson("upgrade-postgres", "--rehearse");
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(
        /^FAILED: PostgreSQL 15.*: pg_upgrade --check: .*public\.odd\.function/m,
      ),
    ]);
    expect(await refused("upgrade-postgres", "--apply", "--yes")).toContain("no rehearsal of this");
    await server.as("postgres", "DROP TABLE odd");
    await archive();
    expect(await untouched()).toEqual(before);
  });

  it(
    "is rehearsed on what the repository gives back: how long it takes and whether all is there",
    patient,
    async () => {
      const before = await untouched();
      const rehearsal = await report("--rehearse");
      expect(rehearsal).toMatchObject({
        kind: "rehearse",
        ok: true,
        error: null,
        from: 15,
        to: 17,
      });
      expect([rehearsal.oldVersion, rehearsal.newVersion]).toEqual([
        expect.stringMatching(/^15\./),
        expect.stringMatching(/^17\./),
      ]);
      // ICU is another version for 17: the index by its order is recreated.
      expect(rehearsal.reindexed).toBe(1);
      expect(rehearsal.checks).toEqual([
        {
          name: "rows",
          ok: true,
          detail: expect.stringMatching(/^\d+ rows, as before$/) as string,
        },
        { name: "pages and indexes", ok: true, detail: "pg_amcheck found nothing" },
      ]);
      for (const step of ["restore", "copy", "check", "upgrade", "order", "analyze"]) {
        expect([step, rehearsal.steps[step]]).toEqual([step, expect.any(Number)]);
      }
      expect(await untouched()).toEqual(before);
      expect(await inside(stack, "drill", "ls", "-A", "/drill")).toBe("");
    },
  );

  it("is not applied while another run holds the stack", async () => {
    const before = await untouched();
    const release = await takeLock(
      join(stack.home, "state"),
      "keelson",
      stack.name,
      () => undefined,
    );
    try {
      const text = await refused("upgrade-postgres", "--apply", "--yes");
      expect(text).toContain("Another run holds this stack: ");
    } finally {
      await release();
    }
    expect(await untouched()).toEqual(before);
  });

  it("leaves the data as they were where it is interrupted", patient, async () => {
    last = await writeNote(ports.http, "written last");
    const command = new Command(stack, ["upgrade-postgres", "--apply", "--yes"]);
    await command.reaches("it copies the data", () => command.printed.includes("  copy"));
    await command.kill();
    // As when the machine is rebooted.
    await docker(["rm", "--force", "e2e-test-upg-upgrade"]);
    expect(await refused("preview")).toContain("are of PostgreSQL 15, and postgres.version is 17");
    expect(await stack.must("maintenance", "status")).toMatch(/^Maintenance is on since /);
  });

  it("is applied by the same command again, and the data of before are kept", patient, async () => {
    last ??= await writeNote(ports.http, "written last");
    const applied = await report("--apply", "--yes");
    // It was on before.
    await stack.must("maintenance", "off");
    expect(applied).toMatchObject({ kind: "apply", ok: true, from: 15, to: 17, reindexed: 1 });
    expect(await version()).toBe("17");
    expect(await readNote(ports.http, kept)).toBe("of PostgreSQL 15");
    expect(await readNote(ports.http, last)).toBe("written last");
    expect(await args()).toEqual(["Zebra", "zuletzt"]);
    const old = applied.kept ?? "";
    expect(old).toMatch(/^before-/);
    const major = `/var/lib/postgresql/data/${old}/PG_VERSION`;
    expect(await inside(stack, "postgres", "cat", major)).toBe("15");
    // The repository goes on with the new cluster, and has a full backup of it that can be restored.
    expect((await inventory()).backups.at(-1)?.type).toBe("full");
    await archive();
    const proof = JSON.parse(await stack.must("drill now", "--json")) as Proof;
    expect(proof).toMatchObject({ proven: true, error: null });
    expect((await stack.up()).changes).toMatchObject({ create: 0, update: 0, replace: 0 });
  });

  it("can't be taken back by the settings alone", async () => {
    const before = await untouched();
    stack.configure({ postgres: { version: 15 } });
    expect(await refused("up")).toContain(
      "The data of test-upg are of PostgreSQL 17, and postgres.version is 15: nothing was changed. PostgreSQL can't be downgraded: set postgres.version to 17.",
    );
    expect(await untouched()).toEqual(before);
  });

  it(
    "is undone: the data of before are back, those since are kept alongside them",
    patient,
    async () => {
      const since = await writeNote(ports.http, "of PostgreSQL 17");
      const undone = await report("--undo", "--yes");
      expect(undone).toMatchObject({ kind: "undo", ok: true, from: 15, to: 17 });
      expect(await version()).toBe("15");
      expect(await readNote(ports.http, kept)).toBe("of PostgreSQL 15");
      expect(await ask(ports.http, `/api/notes/${since}`)).toMatchObject({ status: 404 });
      expect(await args()).toEqual(["Zebra", "zuletzt"]);
      expect(await folders()).toContain(undone.kept);
      expect(undone.kept).toMatch(/^upgraded-/);
    },
  );
});

/** Runs a shell text in the stack's data volume, whether its server runs or not. */
async function onVolume(script: string): Promise<string> {
  const { Config } = await containerOf(stack, "postgres");
  const volume = `e2e-${stack.name}-postgres-data:/var/lib/postgresql/data`;
  const shell = ["run", "--rm", "--network", "none", "--volume", volume, "--entrypoint", "bash"];
  return docker([...shell, Config.Image, "-c", `set -e; cd /var/lib/postgresql/data; ${script}`]);
}

/** Works on the data folder while no server runs on it; the stack's own folder is put back. */
async function withData(script: string, act: () => Promise<void>): Promise<void> {
  const { Id } = await containerOf(stack, "postgres");
  await docker(["stop", Id]);
  await onVolume(`mv pgdata own; ${script}`);
  try {
    await act();
  } finally {
    await onVolume("rm -rf pgdata; mv own pgdata");
    await docker(["start", Id]);
    await untilHealthy(Id, 120);
  }
}

describe("49: other data than the stack's own", () => {
  it("are refused where they are another cluster's; nothing is started on them", async () => {
    const make = "initdb --pgdata=pgdata --auth=reject >/dev/null";
    await withData(make, async () => {
      expect(await refused("up")).toMatch(
        /The volume \S+ holds the data of the cluster \d+, but the repository of test-upg holds the backups of \d+: nothing was changed\. Bring the right volume back/,
      );
    });
  });

  it("are not recreated where they are gone", async () => {
    await withData("true", async () => {
      expect(await refused("up")).toMatch(
        /The volume \S+ holds no data of PostgreSQL, but its repository holds the backups of the cluster \d+: nothing was changed, and no empty database is made\./,
      );
    });
  });

  it("and the stack goes on with its own", async () => {
    await stack.up();
    expect(await readNote(ports.http, kept)).toBe("of PostgreSQL 15");
  });
});

describe("48: other libraries under the same PostgreSQL", () => {
  it(
    "are refused with the plan where an index is in the order of the ones before",
    patient,
    async () => {
      // The image of before is somebody's own here; then our own is to take its place.
      stack.configure({ images: { postgres: await olderPostgres() } });
      await stack.up();
      await server.as(
        "postgres",
        `CREATE COLLATION german (LOCALE = 'de_DE.utf8')`,
        `CREATE INDEX words_glibc ON words (word COLLATE german)`,
      );
      const before = await untouched();
      stack.configure({ images: { postgres: undefined } });
      for (const command of ["preview", "up"]) {
        const text = await refused(command);
        expect(text).toContain(
          "The new image of Postgres orders text otherwise (glibc 2.36 → glibc 2.41), and test-upg has indexes by the collations german of e2e_local, which would give wrong answers: nothing was changed. Put them in order:",
        );
        for (const part of plan) expect(text).toContain(part);
      }
      expect(await untouched()).toEqual(before);
      // With the index gone, nothing is in the way.
      await server.as("postgres", "DROP INDEX words_glibc", "DROP COLLATION german");
      await stack.up();
    },
  );

  it(
    "are refused by the server itself, and an upgrade puts in order what they order",
    patient,
    async () => {
      const { Id } = await containerOf(stack, "postgres");
      // As on a volume whose last server had another ICU: that is noted with the collation, and next to the data.
      const stale = "UPDATE pg_collation SET collversion = '1' WHERE collname = 'de-x-icu'";
      await server.as("postgres", stale);
      await docker(["exec", Id, "rm", "/var/lib/postgresql/data/.keelson.libraries"]);
      await docker(["restart", Id]);
      await until("the server refuses its data", async () =>
        (await logs(Id)).includes(
          "order text otherwise than those that the indexes were made with",
        ),
      );
      expect(await logs(Id)).toContain(
        "by the collations de-x-icu of e2e_local; run keelson upgrade",
      );
      // It says so each time that it is restarted, and looks but once: a look costs WAL.
      const wal = async () =>
        (await onVolume("ls pgdata/pg_wal/archive_status")).split("\n").length;
      const once = await wal();
      await until("it is restarted", async () => (await logs(Id)).split("order text").length > 3);
      expect(await wal()).toBe(once);
      const order = ["--apply", "--without-rehearsal", "--yes"];
      expect(await report(...order)).toMatchObject({ ok: true, from: 15, to: 15, reindexed: 1 });
      const sql = `SELECT collversion = pg_collation_actual_version(oid) AS same FROM pg_collation WHERE collname = 'de-x-icu'`;
      expect(await server.as("postgres", sql)).toEqual([{ same: true }]);
      expect(await args()).toEqual(["Zebra", "zuletzt"]);
      expect(await readNote(ports.http, kept)).toBe("of PostgreSQL 15");
    },
  );
});
