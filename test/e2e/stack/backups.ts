import { describe, expect, it } from "vitest";
import type { Inventory, Proof } from "#cli/documents/backups";
import { writeNote } from "../../support/app.js";
import { docker, run, tryDocker, until } from "../../support/docker.js";
import { containerOf, inside } from "../../support/inspect.js";
import { ports, server, stack } from "./shared.js";

interface Status {
  readonly file: string;
  readonly lastSuccess: string;
  readonly lastFailure: string | null;
  readonly error: string | null;
  readonly bytes: number;
}

/** How the last backup went, when there was one. */
async function status(): Promise<Status | undefined> {
  const { Id } = await containerOf(stack, "backup");
  const { code, stdout } = await tryDocker(["exec", Id, "cat", "/backups/status.json"]);
  return code === 0 ? (JSON.parse(stdout) as Status) : undefined;
}

/** Waits for a backup that began after now. */
async function nextBackup(): Promise<Status> {
  const from = Date.now();
  const began = (file: string) => Date.parse(timeIn(file));
  // The name has whole seconds.
  return until("a backup on schedule", async () => {
    const now = await status();
    return now !== undefined && began(now.file) > from && now;
  });
}

function timeIn(file: string): string {
  const time = /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.dump$/.exec(file) ?? [];
  const [, year = "", month = "", day = "", hour = "", minute = "", second = ""] = time;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

const dumps = async () =>
  (await inside(stack, "backup", "sh", "-c", "ls /backups/*.dump")).split("\n");

/** Copies a dump of the stack to a file of this machine. */
export async function copyDump(file: string, to: string): Promise<void> {
  await docker(["cp", `${(await containerOf(stack, "backup")).Id}:/backups/${file}`, to]);
}

/** The newest dump of the stack. */
export async function newestDump(): Promise<{ file: string; rows: Record<string, number> }> {
  const { file } = await nextBackup();
  const manifest = await inside(
    stack,
    "backup",
    "cat",
    `/backups/${file.replace(/dump$/, "json")}`,
  );
  return { file, rows: (JSON.parse(manifest) as { rows: Record<string, number> }).rows };
}

/** Restores a dump into a new database and counts its rows. */
async function restored(file: string, tables: readonly string[]): Promise<Record<string, number>> {
  const superuser = await server.login("postgres");
  await server.run(superuser, ["CREATE DATABASE restored"]);
  const to = (await containerOf(stack, "postgres")).Id;
  const from = (await containerOf(stack, "backup")).Id;
  const tool = "pg_restore --exit-on-error -h 127.0.0.1 -U postgres -d restored";
  const password = "PGPASSWORD=$(cat /run/secrets/POSTGRES_PASSWORD)";
  const script = `set -o pipefail; docker exec ${from} cat /backups/${file} |
    docker exec -i ${to} sh -c '${password} ${tool}'`;
  await run("bash", ["-c", script]);
  const counts = tables.map(async (table) => {
    const count = `SELECT count(*)::int AS rows FROM ${table}`;
    return [table, (await server.run(superuser, [count], "restored"))[0]?.["rows"]] as const;
  });
  // The database goes with the stack: to drop it here takes a checkpoint, up to 40 s on a slow disk.
  return Object.fromEntries(await Promise.all(counts)) as Record<string, number>;
}

/** Backups that are worth something. */
export function backups(): void {
  describe("a backup taken on schedule", () => {
    it("is restored into a new database with as many rows as its manifest says", async () => {
      for (const text of ["one", "two", "three"]) await writeNote(ports.http, text);
      const { file, rows } = await newestDump();
      expect(rows["public.notes"]).toBeGreaterThanOrEqual(3);
      expect(await restored(file, Object.keys(rows))).toEqual(rows);
    });

    it("is recorded in status.json, with its checksum next to it", async () => {
      const { Id } = await containerOf(stack, "backup");
      const { file = "", error, bytes = 0 } = (await status()) ?? {};
      expect([error, bytes > 0]).toEqual([null, true]);
      const args = ["-w", "/backups", Id, "sha256sum", "-c", `${file}.sha256`];
      expect(await docker(["exec", ...args])).toBe(`${file}: OK`);
    });

    it("stays when the next ones fail, and only so many are kept", async () => {
      const { Id } = await containerOf(stack, "backup");
      const from = Date.now();
      const broken = ["exec", "--env", "PGHOST=/nowhere", Id, "/usr/local/bin/dump"];
      // It gives way where one on schedule runs already.
      const failed = await until("a failed backup", async () => {
        const outcome = await tryDocker(broken);
        return !outcome.stderr.includes("another backup") && outcome;
      });
      expect([failed.code, failed.stderr]).toEqual([
        1,
        expect.stringMatching(/connection to server on socket .* failed/),
      ]);
      const { lastFailure, file } = (await status()) ?? {};
      // It is given in whole seconds.
      expect(Date.parse(lastFailure ?? "")).toBeGreaterThan(from - 1000);
      const kept = await dumps();
      expect(kept).toContain(`/backups/${String(file)}`);
      // The two newest, whatever the settings say; a third while one is being written.
      expect(kept.length).toBeLessThanOrEqual(3);
    });
  });

  describe("a drill", () => {
    it("proves what backup and archive give back, by the commands that a person has", async () => {
      await writeNote(ports.http, "archived");
      // An idle server closes a segment every minute; a heartbeat before and after make a point in time to restore.
      const superuser = await server.login("postgres");
      await server.run(
        superuser,
        ["UPDATE keelson.heartbeat SET at = clock_timestamp()"],
        "postgres",
      );
      await until("a first backup and the segment after it", async () => {
        const { backups: taken } = JSON.parse(await stack.must("backups", "--json")) as Inventory;
        return taken.length > 0;
      });
      await server.run(
        superuser,
        ["UPDATE keelson.heartbeat SET at = clock_timestamp()"],
        "postgres",
      );
      await server.run(superuser, ["SELECT pg_switch_wal()"]);
      const proof = await until(
        "a drill that has something to go to",
        async () => {
          const { code, stdout, stderr } = await stack.keelson("drill now", "--json");
          if (code !== 0 && !/nothing has been archived/.test(stdout))
            throw new Error(stdout + stderr);
          return code === 0 && (JSON.parse(stdout) as Proof);
        },
        180,
      );
      expect(proof).toMatchObject({ proven: true, error: null, kind: "latest" });
      expect([proof.rpoSeconds, proof.rtoSeconds]).toEqual([
        expect.any(Number),
        expect.any(Number),
      ]);
      const listed = JSON.parse(await stack.must("backups", "--json")) as Inventory;
      expect(listed.drills.lastProven?.id).toBe(proof.id);
      expect(await stack.must("backups")).toMatch(/^Proven: .*, RPO \d+ s, RTO [\d.]+ s\.$/m);
    });

    it("is not listed as proven before there is one, and a backup can be taken at once", async () => {
      expect(await stack.must("backup now", "--type", "differential")).toMatch(
        /new backup label = \S+D,/,
      );
      const { backups: taken } = JSON.parse(await stack.must("backups", "--json")) as Inventory;
      expect(taken.at(-1)).toMatchObject({ type: "diff", provenAt: null });
    });
  });
}
