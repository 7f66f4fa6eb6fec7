import { describe, expect, it } from "vitest";
import { backupSettings, scheduleEnvironment } from "../../components/backup.js";
import { settingsFrom } from "../../config.js";
import { runSettings } from "../support/program.js";

describe("scheduleEnvironment", () => {
  it("tells the cron container when to dump and what to keep", () => {
    const settings = backupSettings.parse({ schedule: "5 * * * *", keep: { daily: 3 } });
    expect(scheduleEnvironment(settings)).toEqual({
      ...{ CRON_SCHEDULE: "5 * * * *", CRON_COMMAND: "/usr/local/bin/backup" },
      ...{ BACKUP_DIR: "/backups", BACKUP_KEEP_DAILY: "3" },
      ...{ BACKUP_KEEP_WEEKLY: "4", BACKUP_KEEP_MONTHLY: "6" },
    });
  });
});

describe("Backup", () => {
  const app = { name: "shop", image: "shop:1.0" };

  it("dumps as the backup role, with its password in a file", async () => {
    const run = await runSettings(settingsFrom({ environment: "local", app }));
    const { envs, volumes } = run.inputs("shop-test-backup") as {
      envs: string[];
      volumes: object[];
    };
    expect(envs).toEqual(
      expect.arrayContaining([
        ...["PGHOST=postgres", "PGPORT=5432", "PGDATABASE=shop_local", "PGUSER=shop_local_backup"],
        "PGPASSWORD_FILE=/run/secrets/PGPASSWORD",
      ]),
    );
    expect(envs.filter((each) => each.startsWith("HEARTBEAT"))).toEqual([]);
    expect(volumes[0]).toMatchObject({
      volumeName: "shop-test-backups",
      containerPath: "/backups",
    });
  });

  it("is told of a heartbeat only by a file", async () => {
    const settings = settingsFrom({
      ...{ environment: "local", app, secrets: { BEAT: {} } },
      backup: { heartbeatSecret: "BEAT" },
    });
    const run = await runSettings(settings, { environment: { BEAT: "https://canary.example" } });
    expect(run.inputs("shop-test-backup")["envs"]).toContain(
      "HEARTBEAT_URL_FILE=/run/secrets/HEARTBEAT_URL",
    );
  });

  it("is not there when it is switched off", async () => {
    const settings = settingsFrom({ environment: "local", app, backup: { enabled: false } });
    const run = await runSettings(settings);
    expect(run.names.filter((name) => name.includes("backup"))).toEqual([
      ...["postgresql:index/grant:Grant shop-test-database-backup-connect"],
      "random:index/randomPassword:RandomPassword shop-test-database-backup-password",
    ]);
    expect(run.stackOutputs["containers"]).not.toHaveProperty("backup");
  });
});
