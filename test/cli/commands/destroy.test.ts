import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { announcement, lastBackupOf } from "#cli/commands/destroy";
import { finalBackup } from "#cli/commands/destroy/final-backup";
import { settingsFrom, type Settings } from "#config";
import type { Mapping } from "#lib/merge";
import type { DestroyOptions } from "#cli/registrations/destroy";

const app = { name: "shop", image: "shop:1.0" };
const settingsOf = (more: Mapping = {}): Settings =>
  settingsFrom({ environment: "local", app, ...more });
const options = (more: Partial<DestroyOptions> = {}): DestroyOptions => ({
  stack: "prod",
  ...more,
});
const now = new Date("2026-11-21T10:29:07.123Z");

describe("lastBackupOf", () => {
  const prod = settingsOf({ environment: "prod" });

  it.each([
    ["a stack that keeps its data has none", settingsOf(), {}, undefined],
    ["prod has one alongside the others", prod, {}, { folder: undefined }],
    [
      "data that go are dumped here",
      settingsOf(),
      { destroyData: true },
      { folder: join(process.cwd(), "shop-prod-final-20261121T102907Z") },
    ],
    ["or where it is said", prod, { destroyData: true, finalBackup: "/safe" }, { folder: "/safe" }],
    ["unless it is not wanted", prod, { destroyData: true, skipFinalBackup: true }, undefined],
    [
      "an external database with backups is dumped",
      settingsOf({ database: { externalUrlSecret: "URL" }, secrets: { URL: {} } }),
      { finalBackup: "/safe" },
      { folder: "/safe" },
    ],
    [
      "one without is not ours to dump",
      settingsOf({
        database: { externalUrlSecret: "URL" },
        secrets: { URL: {} },
        backup: { enabled: false },
      }),
      { destroyData: true },
      undefined,
    ],
  ])("%s", (_, settings, more, expected) => {
    expect(lastBackupOf(options(more), settings, now)).toEqual(expected);
  });

  it.each([
    [
      { destroyData: true },
      { backup: { enabled: false } },
      "No final backup can be taken: backup.enabled is false for prod. Set it to true and run keelson up, or add --skip-final-backup.",
    ],
    [
      { finalBackup: "x", skipFinalBackup: true },
      {},
      "--final-backup and --skip-final-backup exclude each other; give one.",
    ],
  ])("refuses %j", (more, settings, message) => {
    expect(() => lastBackupOf(options(more), settingsOf(settings))).toThrow(message);
  });
});

describe("announcement", () => {
  it.each([
    [false, undefined, "This removes the stack prod, but keeps its data."],
    [
      true,
      { folder: "/safe" },
      "This removes the stack prod, with its database, its volumes and its backups, for good. The app is stopped, and a final backup is made to /safe, first.",
    ],
    [
      true,
      undefined,
      "This removes the stack prod, with its database, its volumes and its backups, for good. No final backup is made.",
    ],
  ])("says what will be lost (with data: %s)", (withData, last, text) => {
    expect(announcement("prod", withData, last)).toBe(text);
  });

  it("names the volumes that are in no backup", () => {
    expect(announcement("prod", true, { folder: "/safe" }, ["cache"])).toMatch(
      / None is made of the volumes that are not backed up: cache\.$/,
    );
  });
});

describe("finalBackup", () => {
  const dump = "the whole dump";
  const sum = createHash("sha256").update(dump).digest("hex");
  const file = "shop_prod-20261121T102900Z.dump";
  let folder = "";
  let calls: string[] = [];
  const said: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-final-"));
    calls = [];
    said.length = 0;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const container = (workload: string, owner?: string) => ({
    Id: `${workload}${owner === undefined ? "" : `-${owner}`}-id`,
    Name: `/shop-prod-${workload}`,
    State: { Running: true },
    Config: {
      Image: "",
      Labels: { "dev.keelson.workload": workload, "dev.keelson.owner": owner },
    },
    HostConfig: { RestartPolicy: { Name: "unless-stopped" }, PortBindings: null },
    NetworkSettings: { Networks: {} },
  });

  /** A `docker` with an app and, unless stated otherwise, a backup container. */
  const dockerWith = (
    answers: Record<string, [code: number, text: string]>,
    backup = true,
    others: readonly string[] = [],
  ) => {
    const there = ["app", "postgres", ...(backup ? ["backup"] : []), ...others];
    const usual: Record<string, [number, string]> = {
      "ps -aq": [0, there.map((each) => `${each}-id`).join("\n")],
      inspect: [0, JSON.stringify(there.map((each) => container(each)))],
      "volume ls": [0, "shop-prod-postgres-data\nshop-prod-backups"],
      "exec backup-id cat /backups/status.json": [0, JSON.stringify({ file })],
    };
    return (args: readonly string[]) => {
      const line = args.join(" ");
      calls.push(line);
      const known = { ...usual, ...answers };
      const [, [code, text] = [0, ""]] =
        Object.entries(known).find(([begin]) => line.startsWith(begin)) ?? [];
      if (args[0] === "cp" && code === 0) {
        const to = args[2] ?? "";
        writeFileSync(to, /\.(dump|zst)$/.test(to) ? dump : `${sum}  ${file}\n`);
      }
      return Promise.resolve({ code, stdout: code === 0 ? text : "", stderr: text });
    };
  };
  const run = (
    docker: ReturnType<typeof dockerWith>,
    more: { settings?: Mapping; withData?: boolean; folder?: string | undefined } = {},
  ) => {
    const context = { stack: "prod", withData: true, folder, ...more };
    return finalBackup({ ...context, docker, settings: settingsOf(more.settings) }, (line) => {
      said.push(line);
    });
  };
  const acts = () => calls.filter((each) => /^(stop|start|exec|cp)/.test(each));

  it("stops the app, dumps, brings the dump here, and reads the copy", async () => {
    await run(dockerWith({}));
    const [stop, ...rest] = acts();
    expect([stop, rest[0]]).toEqual(["stop app-id", "exec backup-id /usr/local/bin/dump"]);
    // The local repository goes with the data.
    expect(rest.filter((each) => each.includes("/base"))).toEqual([]);
    expect(readFileSync(join(folder, file), "utf8")).toBe(dump);
    expect(readdirSync(folder).sort()).toEqual([
      file,
      `${file}.sha256`,
      "shop_prod-20261121T102900Z.globals.sql",
      "shop_prod-20261121T102900Z.json",
    ]);
    expect(said).toContain(`The final dump is ${join(folder, file)}; its checksum is right.`);
  });

  it("backs up to the off-site repositories as well", async () => {
    const place = { endpoint: "s3.example.com", bucket: "shop", region: "eu" };
    const keys = { accessKeySecret: "ID", secretKeySecret: "KEY" };
    const settings = {
      backup: { repositories: [{ ...place, ...keys }], passphraseSecret: "PASS" },
      secrets: { ID: {}, KEY: {}, PASS: {} },
    };
    await run(dockerWith({}), { settings });
    expect(acts()).toContain("exec backup-id /usr/local/bin/physical-backup diff");
  });

  describe("of an app whose uploads are backed up", () => {
    const volumes = [{ name: "uploads", path: "/data", backup: true }];
    const settings = { app: { ...app, volumes } };
    const more = {
      "volume ls": [0, "shop-prod-postgres-data\nshop-prod-app-uploads"],
    } satisfies Record<string, [number, string]>;
    const withVolumes = (answers: Record<string, [number, string]> = {}, there = true) =>
      dockerWith({ ...more, ...answers }, true, there ? ["volumes"] : []);

    it("brings an archive of them as well, and snapshots only what outlives the stack", async () => {
      await run(withVolumes(), { settings });
      const script = "exec volumes-id /usr/local/bin/volume-backup";
      expect(acts()).toContain(`${script} archive uploads`);
      expect(acts()).not.toContain(`${script} take`);
      const file = join(folder, "uploads.tar.zst");
      expect(said).toContain(`The final archive of uploads is ${file}; its checksum is right.`);
      calls = [];
      await run(withVolumes(), { settings, withData: false, folder: undefined });
      expect(acts()).toContain(`${script} take`);
      expect(acts()).not.toContain(`${script} archive uploads`);
    });

    it("refuses where nothing can back them up", async () => {
      await expect(run(withVolumes({}, false), { settings })).rejects.toThrow(
        "Nothing was removed: the final backup failed: the container that backs up the volumes uploads does not run; run keelson up.",
      );
      expect(acts().at(-1)).toBe("start app-id");
    });

    it("does the same of a queue, by the container of its owner", async () => {
      const there = "shop-prod-postgres-data\nshop-prod-app-uploads\nshop-prod-redis-jobs-data";
      const answers = {
        "volume ls": [0, there],
        inspect: [
          0,
          JSON.stringify([
            ...["app", "postgres", "backup", "volumes"].map((each) => container(each)),
            container("volumes", "998:998"),
          ]),
        ],
      } satisfies Record<string, [number, string]>;
      const of = { ...settings, redis: { jobs: { for: "queue" } } };
      await run(dockerWith(answers, true, ["volumes"]), { settings: of });
      const script = "/usr/local/bin/volume-backup archive";
      expect(acts()).toContain(`exec volumes-id ${script} uploads`);
      expect(acts()).toContain(`exec volumes-998:998-id ${script} redis-jobs`);
      expect(said.join("\n")).toContain("The final archive of redis-jobs is ");
    });

    it("has nothing to do for a volume that is not there", async () => {
      const none = { "volume ls": [0, ""] } satisfies Record<string, [number, string]>;
      await run(withVolumes(none, false), { settings });
      expect(acts().filter((each) => each.includes("/volumes"))).toEqual([]);
    });
  });

  it("stays alongside the other backups where the data stay", async () => {
    await run(dockerWith({}), { withData: false, folder: undefined });
    expect(acts()).toContain("exec backup-id /usr/local/bin/physical-backup diff");
    expect(acts().filter((each) => each.startsWith("cp"))).toEqual([]);
  });

  it.each([
    ["exec backup-id /usr/local/bin/dump", "pg_dump failed"],
    ["cp backup-id:/backups/shop_prod-20261121T102900Z.dump ", "docker cp backup-id"],
  ])("starts the app again when %s fails, and removes nothing", async (begin, reason) => {
    const error = JSON.stringify({ level: "error", message: "pg_dump failed" });
    await expect(run(dockerWith({ [begin]: [1, error] }))).rejects.toThrow(
      new RegExp(`^Nothing was removed: the final backup failed: ${reason}.*--skip-final-backup`),
    );
    expect(acts().at(-1)).toBe("start app-id");
  });

  it("refuses a copy that is not what was written", async () => {
    const broken = dockerWith({});
    const docker = async (args: readonly string[]) => {
      const result = await broken(args);
      if (args[2]?.endsWith(".dump") === true) writeFileSync(args[2], "half a dump");
      return result;
    };
    await expect(run(docker)).rejects.toThrow("is not what was written");
    expect(acts().at(-1)).toBe("start app-id");
  });

  it("refuses data that nothing can back up", async () => {
    await expect(run(dockerWith({}, false))).rejects.toThrow(
      "Nothing was removed: there are data of prod (the volume shop-prod-postgres-data), but no backup container that runs.",
    );
    expect(acts()).toEqual([]);
  });

  it("has nothing to do where there are no data", async () => {
    await run(dockerWith({ "volume ls": [0, ""] }, false), { folder: join(folder, "new") });
    expect(existsSync(join(folder, "new"))).toBe(false);
    expect(said).toEqual(["There are no data of this stack on the host: no final backup is made."]);
  });
});
