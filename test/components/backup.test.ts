import { describe, expect, it } from "vitest";
import { backupSettings } from "#components/backup/settings";
import { drillEnvironment, maxAges, scheduleEnvironment } from "#components/backup/schedule";
import { settingsFrom } from "#config";
import { runSettings, shared } from "../support/program.js";
import { inClear } from "../support/pulumi.js";

const app = { name: "shop", image: "shop:1.0" };
const usual = shared(() => runSettings(settingsFrom({ environment: "local", app })));

interface Container {
  readonly envs: readonly string[];
  readonly volumes: readonly { volumeName: string; containerPath: string; readOnly: boolean }[];
  readonly networkMode?: string;
  readonly networksAdvanced: readonly { name: string }[];
}

/** What a container mounts: `<volume>:<path>`, and `:ro` where it only reads. */
function mounts({ volumes }: Container): string[] {
  return volumes.map(
    ({ volumeName, containerPath, readOnly }) =>
      `${volumeName.replace(/-secrets-.*/, "-secrets")}:${containerPath}${readOnly ? ":ro" : ""}`,
  );
}

describe("scheduleEnvironment", () => {
  it("tells the container when to back up and what to keep", () => {
    const settings = backupSettings.parse({ schedule: "5 * * * *", keep: { daily: 3 } });
    expect(scheduleEnvironment(settings)).toEqual({
      CRONTAB: [
        "5 * * * * timeout --kill-after=60 43200 /usr/local/bin/dump",
        "0 1 * * 0 timeout --kill-after=60 43200 /usr/local/bin/physical-backup full",
        "0 1 * * 1-6 timeout --kill-after=60 43200 /usr/local/bin/physical-backup diff",
        "0 6 * * 0 timeout --kill-after=60 43200 /usr/local/bin/verify",
        "*/15 * * * * timeout --kill-after=60 43200 /usr/local/bin/replace-damaged",
      ].join("\n"),
      BACKUP_DIR: "/backups",
      BACKUP_KEEP_DAILY: "3",
      BACKUP_KEEP_WEEKLY: "4",
      BACKUP_KEEP_MONTHLY: "6",
      BASE_WINDOW: "1209600",
      WATCH_MAX_AGE: '{"dump":10800,"full":691200,"diff":93600,"proof":93600}',
    });
  });
});

describe("maxAges", () => {
  const judged = (backup: object) => maxAges(backupSettings.parse(backup));

  it("follow from the longest time between two runs", () => {
    expect(judged({ full: "0 1 1 * *", differential: "0 */6 * * *" })).toEqual({
      dump: 26 * 3600,
      full: 32 * 86_400,
      diff: 8 * 3600,
      proof: 26 * 3600,
    });
  });

  it("are of drills from elsewhere where there is an elsewhere", () => {
    const place = {
      endpoint: "s3.example.com",
      bucket: "shop",
      region: "eu",
      accessKeySecret: "ID",
      secretKeySecret: "KEY",
    };
    const { proof, offsite } = judged({ repositories: [place] });
    expect([proof, offsite]).toEqual([26 * 3600, 32 * 86_400]);
  });

  it("are of volumes of the app where some are backed up", () => {
    const { volumes } = maxAges(backupSettings.parse({}), { volumes: true });
    expect([volumes, judged({})["volumes"]]).toEqual([26 * 3600, undefined]);
  });

  it("judge no drills that are switched off, and nothing that runs once", () => {
    const settings = { drill: { enabled: false }, schedule: "0 0 29 2 *" };
    expect(Object.keys(judged(settings))).toEqual(["full", "diff"]);
  });
});

describe("drillEnvironment", () => {
  it("tells the container when to restore, and what to ask then", () => {
    const checks = [{ name: "orders", sql: "select count(*) > 0 from orders" }];
    const settings = backupSettings.parse({ timeout: "1h", drill: { checks } });
    expect(drillEnvironment(settings)).toEqual({
      CRONTAB: [
        "0 3 * * * timeout --kill-after=60 3600 /usr/local/bin/drill latest",
        "0 4 * * 0 timeout --kill-after=60 3600 /usr/local/bin/drill random",
      ].join("\n"),
      DRILL_MAX_RPO: "300",
      DRILL_CHECKS: JSON.stringify(checks),
    });
  });
});

describe("Backup", () => {
  it("works through the server's socket, without a network, and only reads its data", async () => {
    const run = await usual();
    const container = run.inputs("shop-test-backup") as unknown as Container;
    expect(container.envs).toEqual(
      expect.arrayContaining([
        "PGHOST=/var/run/postgresql",
        "PGDATABASE=shop_local",
        "PGUSER=shop_local_backup",
        "PGPASSWORD_FILE=/run/secrets/PGPASSWORD",
        "PGBACKREST_CONFIG=/run/secrets/pgbackrest.conf",
      ]),
    );
    expect(container.envs.filter((each) => each.startsWith("HEARTBEAT"))).toEqual([]);
    expect([container.networkMode, container.networksAdvanced]).toEqual(["none", []]);
    expect(mounts(container)).toEqual([
      "shop-test-postgres-data:/var/lib/postgresql/data:ro",
      "shop-test-repository-socket:/var/run/postgresql",
      "shop-test-repository:/repository",
      "shop-test-backups:/backups",
      "shop-test-proofs:/proofs:ro",
      "shop-test-metrics:/metrics",
      "shop-test-backup-secrets:/run/secrets:ro",
    ]);
  });

  it("has the server archive to the same repository", async () => {
    const run = await usual();
    const server = run.inputs("shop-test-postgres") as unknown as Container;
    expect(mounts(server)).toEqual([
      "shop-test-postgres-data:/var/lib/postgresql/data",
      "shop-test-repository-socket:/var/run/postgresql",
      "shop-test-repository:/repository",
      "shop-test-postgres-secrets:/run/secrets:ro",
    ]);
    expect(server.envs).toContain("PGBACKREST_CONFIG=/run/secrets/pgbackrest.conf");
  });

  it("gets the URLs of heartbeats only as files, also for drills, and has a way out then, of its own", async () => {
    const settings = settingsFrom({
      environment: "local",
      app,
      secrets: { BEAT: {}, DRILLS: {}, CHECKS: {}, WATCH: {} },
      backup: {
        heartbeatSecret: "BEAT",
        drill: { heartbeatSecret: "DRILLS" },
        verify: { heartbeatSecret: "CHECKS" },
        watch: { heartbeatSecret: "WATCH" },
      },
    });
    const url = "https://canary.example";
    const environment = { BEAT: url, DRILLS: `${url}/2`, CHECKS: `${url}/3`, WATCH: `${url}/4` };
    const run = await runSettings(settings, { environment });
    const container = run.inputs("shop-test-backup") as unknown as Container;
    expect(container.envs.filter((each) => each.includes("HEARTBEAT"))).toEqual([
      "HEARTBEAT_URL_FILE=/run/secrets/HEARTBEAT_URL",
      "DRILL_HEARTBEAT_URL_FILE=/run/secrets/DRILL_HEARTBEAT_URL",
      "VERIFY_HEARTBEAT_URL_FILE=/run/secrets/VERIFY_HEARTBEAT_URL",
      "WATCH_HEARTBEAT_URL_FILE=/run/secrets/WATCH_HEARTBEAT_URL",
    ]);
    expect(container.networksAdvanced).toEqual([{ name: "shop-test-backup-out-1234567" }]);
    expect(container).not.toHaveProperty("networkMode");
    expect(run.inputs("shop-test-drill")["networkMode"]).toBe("none");
    expect(inClear(run)).not.toContain("canary.example");
  });

  it("refuses a heartbeat whose secret is not there", () => {
    const backup = { drill: { heartbeatSecret: "GONE" } };
    expect(() => settingsFrom({ environment: "local", app, backup })).toThrow(
      'backup.drill.heartbeatSecret: "GONE" is not in secrets',
    );
  });

  it("is not there when it is switched off, and no WAL is archived", async () => {
    const settings = settingsFrom({ environment: "local", app, backup: { enabled: false } });
    const run = await runSettings(settings);
    expect(run.names.filter((name) => /backup|repository|drill/.test(name))).toEqual([
      "postgresql:index/grant:Grant shop-test-database-backup-connect",
      "random:index/randomPassword:RandomPassword shop-test-database-backup-password",
    ]);
    expect(run.stackOutputs["containers"]).not.toHaveProperty("backup");
    const server = run.inputs("shop-test-postgres");
    expect(JSON.stringify(server["envs"])).not.toContain("PGBACKREST");
    expect(server["tmpfs"]).toHaveProperty("/var/run/postgresql");
  });
});

describe("Drill", () => {
  it("reads the repository and the dumps, writes proofs, and has no network", async () => {
    const run = await usual();
    const container = run.inputs("shop-test-drill") as unknown as Container;
    expect([container.networkMode, container.networksAdvanced]).toEqual(["none", []]);
    expect(mounts(container)).toEqual([
      "shop-test-repository:/repository:ro",
      "shop-test-backups:/backups:ro",
      "shop-test-proofs:/proofs",
      "shop-test-drill:/drill",
      "shop-test-drill-secrets:/run/secrets:ro",
    ]);
  });

  it("is not there when it is switched off", async () => {
    const backup = { drill: { enabled: false } };
    const run = await runSettings(settingsFrom({ environment: "local", app, backup }));
    expect(run.names.filter((name) => name.includes("drill"))).toEqual([]);
    expect(run.names).toContain("docker:index/container:Container shop-test-backup");
  });
});
