// Data come back: of a point in time, of a restore point, of a dump; with the release that they belong to; and back again.
// The numbers are rows of the fault table.
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inventory, Proof } from "#cli/documents/backups";
import type { Release } from "#cli/stack/releases";
import { ask, readNote, writeNote } from "../support/app.js";
import { buildRelease } from "../support/build-release.js";
import { Command } from "../support/command.js";
import { docker, tryDocker, until } from "../support/docker.js";
import { superuser } from "../support/dumps.js";
import { allHealthy, containerOf, healthOf } from "../support/inspect.js";
import { long } from "../support/long.js";
import { Stack } from "../support/stack.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "tcp", "admin");
const database = "e2e-rest_local";
const contexts = mkdtempSync(join(tmpdir(), "keelson-contexts-"));

const stack = new Stack("test-rest", {
  app: {
    name: "e2e-rest",
    version: "1",
    migrate: { backwardCompatible: true },
  },
  database: { extensions: ["pg_trgm"] },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  release: { drain: "2s", watch: { window: null } },
  backup: {
    drill: { checks: [{ name: "notes", sql: "SELECT count(*) >= 0 FROM notes" }] },
  },
});

const build = (version: string, migration?: string) => {
  buildRelease(stack, contexts, version, migration);
};

async function sql(text: string, name = database): Promise<string> {
  const { Id } = await containerOf(stack, "postgres");
  return superuser(Id, name, text);
}

/** The server's time, as `--at` takes it; what is written after this call is later. */
async function moment(): Promise<string> {
  return sql(
    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  );
}

async function inventory(): Promise<Inventory> {
  return JSON.parse(await stack.must("backups", "--json")) as Inventory;
}

async function history(): Promise<Release[]> {
  const text = await stack.must("releases", "--json");
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as Release[];
}

/** What is live: the notes, and since when app and server run. */
async function live() {
  const since = async (name: "app" | "postgres") => {
    const { Id, State } = await containerOf(stack, name);
    return `${Id} ${State.StartedAt}`;
  };
  const notes = sql("SELECT string_agg(body, ',' ORDER BY id) FROM notes");
  const all = await Promise.all([notes, since("app"), since("postgres")]);
  return { notes: all[0], app: all[1], server: all[2] };
}

/** Asks for a restore that has to be refused, and hands back the reason. */
async function refused(...args: string[]): Promise<string> {
  const { code, stderr } = await stack.keelson("restore", "--yes", ...args);
  expect(code).toBe(1);
  return stderr.trim();
}

/** Everybody is let in, and gets the app. */
async function serves(): Promise<void> {
  expect(await stack.must("maintenance", "status")).toBe("Maintenance is off.\n");
  expect((await ask(ports.http, "/")).status).toBe(200);
}

/** The stack serves, and is as its state says. */
async function converged(): Promise<void> {
  await serves();
  await until("all is healthy", async () => isDeepStrictEqual(await healthOf(stack), allHealthy));
  const { changes } = await stack.up("--refresh");
  expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
}

/** Runs a shell text on the data volume. */
async function onVolume(script: string): Promise<string> {
  const { Id } = await containerOf(stack, "postgres");
  return docker(["exec", Id, "bash", "-c", `cd /var/lib/postgresql/data; ${script}`]);
}

beforeAll(async () => {
  await stack.sweep();
  build("1");
  await stack.up();
  const first = async () => (await inventory()).backups.length > 0;
  await until("a first backup", first, 120, 500);
  // Its window begins with WAL from after it.
  const begun = async () => {
    await sql("SELECT pg_switch_wal()");
    return (await inventory()).window.from !== null;
  };
  await until("a window", begun, 120, 500);
});
afterAll(async () => {
  await stack.remove();
  rmSync(contexts, { recursive: true });
  const images = (await docker(["image", "ls", "--quiet", "e2e-rest/app"])).split("\n");
  if (images[0] !== "") await docker(["image", "rm", "--force", ...new Set(images)]);
});

describe("a restore is refused", () => {
  let was: Awaited<ReturnType<typeof live>>;
  beforeAll(async () => {
    was = await live();
  });

  it.each([
    ["2001-01-01 00:00:00+00", /is outside of what can be restored: 20.* to 20/],
    [
      "2099-01-01T00:00:00Z",
      /^Nothing was changed: 2099-.* is outside of what can be restored: 20/,
    ],
    ["2026-01-01 00:00:00", /^--at: "2026-01-01 00:00:00" has no time zone; write it as in/],
  ])("41: to %s", async (time, message) => {
    expect(await refused("--at", time)).toMatch(message);
  });

  it("41: to a restore point that nobody made, naming those there are", long, async () => {
    const [{ migration } = { migration: null }] = await history();
    expect(await refused("--point", "before-9")).toBe(
      `There is no restore point before-9; there are ${migration?.restorePoint ?? ""}.`,
    );
  });

  it(
    "10: of a dump that is truncated, has a flipped bit, or is of a newer server",
    long,
    async () => {
      await stack.must("backup now", "--type", "dump");
      const name = (await inventory()).dumps.at(-1)?.file ?? "";
      const backup = (await containerOf(stack, "backup")).Id;
      const file = join(contexts, name);
      const fresh = () => docker(["cp", `${backup}:/backups/${name}`, file]);
      await fresh();
      truncateSync(file, 4000);
      const whole = /^Nothing was changed: it is not a whole dump of pg_dump's custom format: /;
      expect(await refused("--dump", file)).toMatch(whole);
      await docker(["cp", `${backup}:/backups/${name}.sha256`, `${file}.sha256`]);
      expect(await refused("--dump", file)).toMatch(/is not what it was when it was made/);
      rmSync(`${file}.sha256`);
      await fresh();
      const bytes = readFileSync(file);
      const version = /\d\d\.\d+ \(Debian/.exec(bytes.toString("latin1"));
      bytes.write("99", version?.index ?? 0, "latin1");
      writeFileSync(file, bytes);
      expect(await refused("--dump", file)).toMatch(
        /^Nothing was changed: the dump is of PostgreSQL 99, and the server is 17; /,
      );
      // On its own volume it has its checksum next to it.
      const flip = `printf '\\xff' | dd of=/backups/${name} bs=1 seek=3000 conv=notrunc status=none`;
      await docker(["exec", backup, "bash", "-c", `cp /backups/${name} /backups/kept; ${flip}`]);
      expect(await refused("--dump", name)).toMatch(/its checksum is another/);
      await docker(["exec", backup, "mv", "/backups/kept", `/backups/${name}`]);
      expect(await refused("--dump", "none.dump")).toContain(`there are ${name}`);
    },
  );

  it(
    "39: alongside a folder that no restore has made, and where the disk is too small",
    long,
    async () => {
      await onVolume("mkdir -p restore-20200101000000/pgdata");
      expect(await refused("--at", await moment())).toMatch(
        /^On the data volume is .*restore-20200101000000, which no restore has made;/,
      );
      await onVolume("rm -r restore-20200101000000");
    },
  );

  it("where there is nothing to undo or to remove", long, async () => {
    expect(await refused("--undo")).toBe("There is no restore to undo.");
    expect(await refused("--discard")).toBe("No restore keeps anything.");
  });

  it("before anything is touched", async () => {
    expect([await live(), await onVolume("ls -d restore-* 2>/dev/null || true")]).toEqual([
      was,
      "",
    ]);
    await serves();
  });
});

let kept = { first: 0, second: 0, third: 0 };

describe("a restore to a point in time", () => {
  it("says what would be lost, asks, and leaves nothing where nobody agrees", async () => {
    kept = { ...kept, first: await writeNote(ports.http, "first") };
    kept.second = await writeNote(ports.http, "second");
    const before = await moment();
    await sql("DELETE FROM notes");
    kept.third = await writeNote(ports.http, "third");
    const was = await live();
    const { code, stdout, stderr } = await stack.keelson("restore", "--at", before);
    expect([code, stderr]).toEqual([1, expect.stringContaining("Nobody is here to ask")]);
    expect(stdout).toMatch(/^ {2}ok {2}pages and indexes: pg_amcheck found nothing$/m);
    expect(stdout).toMatch(/^ {2}ok {2}notes: true$/m);
    expect(stdout).toMatch(/what was written in the last \d+ s\. About \d+ transactions/);
    expect(stdout).toMatch(/^ {2}public\.notes: 1 rows now, 2 restored \(\+1\); 1 written since$/m);
    expect(await live()).toEqual(was);
    expect(await onVolume("ls -d restore-* 2>/dev/null || true")).toBe("");
    const text = await stack.must("restore", "--yes", "--at", before);
    expect(text).toMatch(/^Restored \(\d{14}\); the app was away for [\d.]+ s\.$/m);
    expect(await readNote(ports.http, kept.first)).toBe("first");
    expect(await readNote(ports.http, kept.second)).toBe("second");
    expect((await live()).notes).toBe("first,second");
    expect(await sql("SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'")).toBe("0");
    await converged();
  });

  it("is undone, and that is undone, each on a timeline of its own", long, async () => {
    const timeline = () => sql("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)");
    expect(await timeline()).toBe("00000002");
    await writeNote(ports.http, "fourth");
    const text = await stack.must("restore", "--yes", "--undo");
    expect(text).toMatch(/^ {2}public\.notes: 3 rows now, 1 restored \(-2\)$/m);
    expect([(await live()).notes, await timeline()]).toEqual(["third", "00000003"]);
    await stack.must("restore", "--yes", "--undo");
    expect([(await live()).notes, await timeline()]).toEqual(["first,second,fourth", "00000004"]);
    await converged();
  });

  it("is what drills and later restores go by", long, async () => {
    const proof = JSON.parse(await stack.must("drill now", "--json")) as Proof;
    expect([proof.proven, proof.error]).toEqual([true, null]);
    await writeNote(ports.http, "fifth");
    const before = await moment();
    await sql("DELETE FROM notes");
    await stack.must("restore", "--yes", "--at", before);
    expect((await live()).notes).toBe("first,second,fourth,fifth");
    await stack.must("restore", "--yes", "--discard");
    expect(await onVolume("ls -d restore-* 2>/dev/null || true")).toBe("");
  });
});

describe("a restore that is killed", () => {
  // One of our arguments in the command line of a process below it.
  const points = [
    { when: "while it restores", at: /restore prepare/, outcome: "old" },
    { when: "when the app is stopped", at: /docker stop .*/, outcome: "old" },
    { when: "while the data is exchanged", at: /restore swap/, outcome: "either" },
    { when: "when the server starts again", at: /docker start .*/, outcome: "new" },
  ];
  for (const { when, at, outcome } of points) {
    const name = `${when} leaves the old data or the new, and the next run finishes it`;
    it(name, long, async () => {
      const before = await moment();
      await sql("INSERT INTO notes (body) VALUES ('late')");
      const killed = new Command(stack, ["restore", "--yes", "--at", before]);
      await killed.runs(at);
      await killed.kill();
      const { stdout } = await stack.keelson("restore", "--yes", "--discard");
      const went = stdout.includes("Live is the data that it was to bring");
      if (outcome !== "either") expect(went).toBe(outcome === "new");
      expect((await live()).notes).toBe(`first,second,fourth,fifth${went ? "" : ",late"}`);
      await serves();
      if (went) await stack.must("restore", "--yes", "--discard");
      else await sql("DELETE FROM notes WHERE body = 'late'");
      expect(await onVolume("ls -d restore-* 2>/dev/null || true")).toBe("");
    });
  }
});

describe("a dump", () => {
  it("39: goes into a database alongside the live one, with its rights, and is undone", async () => {
    const before = (await live()).notes;
    await stack.must("backup now", "--type", "dump");
    const name = (await inventory()).dumps.at(-1)?.file ?? "";
    const rights = () =>
      // Rights have no order; the rows and lists that hold them have one, of no meaning.
      sql(`WITH rights (line) AS (
          SELECT 'database ' || pg_get_userbyid(datdba)::text || acl::text FROM pg_database, unnest(datacl) acl WHERE datname = current_database()
          UNION ALL SELECT 'default ' || defaclrole::regrole::text || defaclnamespace::text || defaclobjtype::text || acl::text FROM pg_default_acl, unnest(defaclacl) acl
          UNION ALL SELECT relname::text || acl::text FROM pg_class, unnest(relacl) acl WHERE relnamespace = 'public'::regnamespace
          UNION ALL SELECT setrole::regrole::text || ' ' || setting FROM pg_db_role_setting, unnest(setconfig) setting
            WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
        SELECT string_agg(line, E'\n' ORDER BY line) FROM rights`);
    const had = await rights();
    await sql("DELETE FROM notes; INSERT INTO notes (body) VALUES ('later')");
    const server = (await live()).server;
    const text = await stack.must("restore", "--yes", "--dump", name);
    expect(text).toContain(
      "  ok  manifest: the rows are those that were counted when it was dumped\n",
    );
    expect([(await live()).notes, (await live()).server]).toEqual([before, server]);
    expect(await rights()).toBe(had);
    await writeNote(ports.http, "on the restored one");
    await converged();
    await stack.must("restore", "--yes", "--undo");
    expect((await live()).notes).toBe("later");
    await stack.must("restore", "--yes", "--undo");
    expect((await live()).notes).toBe(`${before},on the restored one`);
    await stack.must("restore", "--yes", "--discard");
    expect(await sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'keelson%'")).toBe("0");
  });
});

describe("a rollback with its data", () => {
  it(
    "38: brings back what a destructive migration removed; what came later is saved",
    long,
    async () => {
      const before = (await live()).notes;
      build("2", "CREATE TABLE later (n int); DELETE FROM notes;");
      stack.configure({ app: { migrate: { backwardCompatible: false } } });
      const deploy = new Command(stack, ["up"]);
      await deploy.runs(/^docker start --attach /);
      const { code, stderr } = await stack.keelson("restore", "--yes", "--at", "latest");
      expect([code, stderr]).toEqual([1, expect.stringContaining("Another run holds this stack")]);
      expect(await deploy.ended).toBe(0);
      await writeNote(ports.http, "written since");
      const refusal = await stack.keelson("rollback", "--yes");
      expect([refusal.code, refusal.stderr]).toEqual([
        1,
        expect.stringMatching(/npx keelson rollback .* --to v1 --with-data$/m),
      ]);
      const text = await stack.must("rollback", "--yes", "--with-data");
      expect(text).toMatch(/^Rows written since: .*public\.notes 1 \(1 rows now, before: \d\)/m);
      expect(text).toContain("public.later 0 (0 rows now, before: not there)");
      const dump = /^All of it is saved as the dump (\S+)\.$/m.exec(text)?.[1] ?? "";
      expect((await inventory()).dumps.map(({ file }) => file)).toContain(dump);
      expect((await live()).notes).toBe(before);
      expect(JSON.parse((await ask(ports.http, "/version")).body)).toMatchObject({ version: "1" });
      expect((await history())[0]).toMatchObject({ backTo: "v1", result: "live" });
      await serves();
    },
  );

  it("37: leaves the restore point, which can be gone to by its name", long, async () => {
    const before = (await live()).notes;
    await writeNote(ports.http, "after it");
    const [point] = (await history()).flatMap(({ migration }) => migration?.restorePoint ?? []);
    await stack.must("restore", "--yes", "--point", point ?? "");
    expect([(await live()).notes, await sql("SELECT to_regclass('later') IS NULL")]).toEqual([
      before,
      "t",
    ]);
    await serves();
  });

  it("needs no server that works", long, async () => {
    const before = (await live()).notes;
    await sql("SELECT pg_switch_wal()");
    await until("all is archived", async () => (await inventory()).archive.waiting === 0);
    const { Id } = await containerOf(stack, "postgres");
    await onVolume("rm pgdata/global/pg_control");
    await docker(["kill", Id]);
    await docker(["start", Id]);
    const text = await stack.must("restore", "--yes", "--at", "latest");
    expect(text).toContain("What would be lost is unknown: the live database does not answer.");
    expect((await live()).notes).toBe(before);
    await serves();
  });

  it("10: of a disk that is too small is reported before anything is restored", async () => {
    const { Image, Mounts } = JSON.parse(
      await docker(["inspect", "--format", "{{json .}}", (await containerOf(stack, "backup")).Id]),
    ) as { Image: string; Mounts: { Name: string; Destination: string }[] };
    const volume = (path: string) => {
      const { Name = "" } = Mounts.find(({ Destination }) => Destination === path) ?? {};
      return ["--volume", `${Name}:${path}:ro`];
    };
    const { code, stderr } = await tryDocker([
      "run",
      "--rm",
      "--network",
      "none",
      "--user",
      "999:999",
      "--tmpfs",
      "/proofs:uid=999",
      "--tmpfs",
      "/var/lib/postgresql/data:uid=999,size=8m",
      ...volume("/repository"),
      ...volume("/run/secrets"),
      "--env",
      "PGBACKREST_CONFIG=/run/secrets/pgbackrest.conf",
      "--env",
      `PGDATABASE=${database}`,
      "--env",
      "PGBACKREST_STANZA=main",
      Image,
      "restore",
      "prepare",
      "20260101000000",
      "at",
      "latest",
    ]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^restore: the disk has 8 MiB free, and the restore needs \d+ MiB$/m),
    ]);
  });
});
