import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeNote } from "../../support/app.js";
import { defaultAppUser, destroyVariable } from "#lib/platform";
import { cleanUp, docker, root, run, until, type Outcome } from "../../support/docker.js";
import { buildImages, sql, startDatabase, volume } from "../../support/images.js";
import { healthOf } from "../../support/inspect.js";
import { archive, content, listing, ports, stack } from "./shared.js";

const pulumi = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "pulumi"))
  .find((file) => existsSync(file));

/** Runs Pulumi as a person does who knows nothing of Keelson. */
function plainPulumi(...args: string[]): Promise<Outcome> {
  return pulumiWith({}, ...args);
}

function pulumiWith(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<Outcome> {
  const env = {
    ...stack.env,
    ...environment,
    PATH: `${stack.env["PATH"] ?? ""}${delimiter}${dirname(pulumi ?? "")}`,
    PULUMI_BACKEND_URL: `file://${join(stack.home, "state")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(stack.home, "passphrase"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const on = [
    "--stack",
    stack.name,
    "--config-file",
    join(stack.home, "config", stack.name, `Pulumi.${stack.name}.yaml`),
  ];
  const all = [...args, ...on, "--non-interactive", "--color", "never", "--suppress-progress"];
  return new Promise((resolve) => {
    execFile(
      pulumi ?? "pulumi",
      all,
      { cwd: root, env, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        stack.printed += stdout + stderr;
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

const notes = ["a first note", "a second note"];
/** What is protected. */
const protectedResources = [
  "postgres-data",
  "backup-dumps",
  "backup-proofs",
  "volumes-backups",
  "repository-volume",
  "repository-key",
  "repository-passphrase",
].map((role) => `e2e-${stack.name}-${role}`);

/** A stack of kind prod does not lose its data by the way. */
export function destroying(): void {
  describe("pulumi destroy on prod", () => {
    afterAll(() => cleanUp(prefix));

    it("58: is refused as long as the data are protected, and nothing is touched", async () => {
      for (const note of notes) await writeNote(ports.http, note);
      const before = await stack.present();
      const { code, stderr } = await stack.keelson("destroy", "--yes");
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(
          "The data of test-prod is protected by postgres.protect and backup.protect; to lose it for good add --destroy-data",
        ),
      ]);
      expect(await stack.present()).toEqual(before);
    });

    const bare = pulumi === undefined ? "(no pulumi on the PATH) " : "";
    it.skipIf(pulumi === undefined)(`${bare}is refused by Pulumi alone, too`, async () => {
      const before = await stack.present();
      const { code, stdout, stderr } = await plainPulumi("destroy", "--yes");
      expect([code === 0, await stack.present()]).toEqual([false, before]);
      // It stops at the first ones.
      const named = protectedResources.filter((each) => (stdout + stderr).includes(each));
      expect(named, stdout + stderr).not.toEqual([]);
      expect(stdout + stderr).toContain("protect");
    });

    it.skipIf(pulumi === undefined).each([["--skip-preview"], ["--exclude-protected"]])(
      `${bare}is refused with %s, and nothing is touched`,
      async (flag) => {
        const before = await stack.present();
        const { code, stdout, stderr } = await plainPulumi("destroy", flag, "--yes");
        expect([code === 0, await stack.present()]).toEqual([false, before]);
        expect(stdout + stderr).toContain(
          "The data of this stack is protected by postgres.protect and backup.protect, so nothing was removed.",
        );
      },
    );

    it.skipIf(pulumi === undefined)(`${bare}leaves what is protected`, async () => {
      const allowed = { [destroyVariable]: "1" };
      const exclude = ["destroy", "--exclude-protected", "--yes"];
      const { code, stdout, stderr } = await pulumiWith(allowed, ...exclude);
      expect({ code, printed: stdout + stderr }).toMatchObject({ code: 0 });
      // What the protected volumes' components depend on stays as well.
      expect(Object.keys(await healthOf(stack))).toEqual(["postgres"]);
      const { volumes } = await stack.present();
      const kept = ["postgres-data", "backups", "proofs", "repository", "repository-key"];
      const own = [...kept, "volume-backups", "app-uploads", "app-cache"];
      expect(volumes).toEqual(
        expect.arrayContaining(own.map((role) => `e2e-${stack.name}-${role}`)),
      );
      await stack.up();
      expect(await content()).toContain("2026/one.png");
    });

    it("removes nothing when the final backup fails, and lets the app run again", async () => {
      const before = await stack.present();
      await spoil("touch /app/private && chmod 0 /app/private");
      const args = ["--yes", "--destroy-data", "--final-backup", archive];
      const { code, stderr } = await stack.keelson("destroy", ...args);
      await spoil("rm /app/private");
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(
          /Nothing was removed: the final backup failed: .*private.*Permission denied.*--skip-final-backup/,
        ),
      ]);
      expect(await stack.present()).toEqual(before);
      await until(
        "the app again",
        async () => (await healthOf(stack))["app"] === "running/healthy",
        120,
      );
      for (const file of readdirSync(archive)) await run("rm", [join(archive, file)]);
    });

    it("58: takes a final backup of everything before the data go", async () => {
      const uploads = await content();
      const printed = await stack.must(
        "destroy",
        "--yes",
        "--destroy-data",
        "--final-backup",
        archive,
      );
      expect(printed).toContain("its checksum is right");
      expect(await stack.present()).toEqual({ containers: [], networks: [], volumes: [] });
      const files = readdirSync(archive);
      const dump = files.find((file) => file.endsWith(".dump")) ?? "none";
      expect(files.sort()).toEqual(
        [
          dump,
          `${dump}.sha256`,
          dump.replace(/dump$/, "globals.sql"),
          dump.replace(/dump$/, "json"),
          "uploads.tar.zst",
          "uploads.tar.zst.sha256",
        ].sort(),
      );
      const rows = JSON.parse(
        readFileSync(join(archive, dump.replace(/dump$/, "json")), "utf8"),
      ) as object;
      expect(rows).toMatchObject({ rows: { "public.notes": 2 } });
      expect(await restored(dump)).toEqual(notes);
      expect(await unpacked()).toBe(uploads);
    });
  });
}

/** Runs a shell text on the volume of the uploads, as root. */
async function spoil(script: string): Promise<void> {
  const { jobs = "" } = await buildImages("jobs");
  await docker([
    "run",
    "--rm",
    "--user",
    "0:0",
    "--volume",
    `e2e-${stack.name}-app-uploads:/app`,
    jobs,
    "sh",
    "-c",
    script,
  ]);
}

const prefix = "kimg-final";

/** Restores a dump into a new database, without the roles that its owner had; the notes in it. */
async function restored(dump: string): Promise<string[]> {
  await cleanUp(prefix);
  await startDatabase(await buildImages("postgres", "jobs"), prefix);
  const tool = "pg_restore --exit-on-error --no-owner --no-acl -h 127.0.0.1 -U keelson";
  const inServer = `PGPASSWORD=$(cat /run/secrets/password) ${tool} -d close-the-loop_test`;
  const script = `docker exec -i ${prefix}-pg sh -c '${inServer}' <'${join(archive, dump)}'`;
  await run("bash", ["-c", script]);
  const rows = await sql(`${prefix}-pg`, "SELECT body FROM notes ORDER BY id");
  return rows.split("\n");
}

/** Unpacks the archive of the uploads into a new volume; what is there then. */
async function unpacked(): Promise<string> {
  const tags = await buildImages("jobs", "backup");
  const uid = Number(defaultAppUser.split(":")[0]);
  await volume(tags, `${prefix}-uploads`, uid);
  const command = `--rm --user ${defaultAppUser} --volume ${prefix}-uploads:/to:nocopy --workdir /to`;
  const script = `tar -x --zstd && ${listing}`;
  const file = join(archive, "uploads.tar.zst");
  const all = `docker run -i ${command} ${tags["backup"] ?? ""} sh -c "$0" <'${file}'`;
  return (await run("bash", ["-c", all, script])).stdout.trim();
}
