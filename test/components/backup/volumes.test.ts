import { describe, expect, it } from "vitest";
import { backupSettings } from "#components/backup/settings";
import { resticConfig } from "#components/backup/restic";
import { volumesEnvironment } from "#components/backup/volumes";
import { settingsFrom } from "#config";
import type { Mapping } from "#lib/merge";
import { oneShotLine, runSettings, shared } from "../../support/program.js";
import { inClear } from "../../support/pulumi.js";

const volumes = [
  { name: "uploads", path: "/data/uploads", backup: true },
  { name: "cache", path: "/data/cache" },
];
const app = { name: "shop", image: "shop:1.0", user: "4711:4712", volumes };
const settings = (more: Mapping = {}) => settingsFrom({ environment: "local", app, ...more });
const usual = shared(() => runSettings(settings()));

describe("resticConfig", () => {
  it("names the local repository first, then the off-site ones with their keys", () => {
    const s3 = backupSettings
      .parse({
        repositories: [
          {
            endpoint: "s3.example.com:7070",
            bucket: "shop",
            region: "eu",
            uriStyle: "path",
            caSecret: "CA",
            accessKeySecret: "ID",
            secretKeySecret: "KEY",
          },
          {
            endpoint: "s3.example.org",
            bucket: "two",
            region: "us",
            prefix: "/deep/er",
            accessKeySecret: "ID",
            secretKeySecret: "KEY",
          },
        ],
      })
      .repositories.map((each) => ({ ...each, accessKey: "an id", secretKey: "a key" }));
    const config = resticConfig({ host: "shop-prod", prefix: "/shop-prod", offsite: s3 });
    const keys = { AWS_ACCESS_KEY_ID: "an id", AWS_SECRET_ACCESS_KEY: "a key" };
    expect(JSON.parse(config)).toEqual({
      host: "shop-prod",
      repositories: [
        { name: "1", env: { RESTIC_REPOSITORY: "/volume-backups/repository" }, options: [] },
        {
          name: "2",
          env: {
            RESTIC_REPOSITORY: "s3:https://s3.example.com:7070/shop/shop-prod/restic",
            ...keys,
            AWS_DEFAULT_REGION: "eu",
            RESTIC_CACERT: "/run/secrets/repository-2-ca.pem",
          },
          options: ["s3.bucket-lookup=path"],
        },
        {
          name: "3",
          env: {
            RESTIC_REPOSITORY: "s3:https://s3.example.org/two/deep/er/restic",
            ...keys,
            AWS_DEFAULT_REGION: "us",
          },
          options: ["s3.bucket-lookup=dns"],
        },
      ],
    });
  });
});

it("resticConfig gives each owner a folder off-site of its own", () => {
  const place = {
    endpoint: "s3.example.com",
    bucket: "shop",
    region: "eu",
    uriStyle: "host",
  } as const;
  const keys = { accessKeySecret: "ID", secretKeySecret: "KEY", accessKey: "i", secretKey: "k" };
  const offsite = [{ ...place, ...keys }];
  const config = resticConfig({ host: "shop-prod", prefix: "/shop-prod", suffix: "-998", offsite });
  expect(config).toContain('"s3:https://s3.example.com/shop/shop-prod/restic-998"');
});

describe("volumesEnvironment", () => {
  const given = { volumes: "5 * * * *", keep: { daily: 3 } };

  it("tells the container when to back up and when to restore, and what to keep", () => {
    expect(volumesEnvironment(backupSettings.parse(given), ["uploads", "media"], [])).toEqual({
      CRONTAB: [
        "5 * * * * /usr/local/bin/volume-backup take",
        "0 3 * * * /usr/local/bin/drill-volumes latest",
        "0 4 * * 0 /usr/local/bin/drill-volumes random",
      ].join("\n"),
      VOLUMES: "uploads media",
      BACKUP_KEEP_DAILY: "3",
      BACKUP_KEEP_WEEKLY: "4",
      BACKUP_KEEP_MONTHLY: "6",
      RESTIC_TIMEOUT: "43200",
    });
  });

  it("says which are of queues", () => {
    const env = volumesEnvironment(backupSettings.parse(given), ["media", "redis-a"], ["redis-a"]);
    expect([env["VOLUMES"], env["QUEUES"]]).toEqual(["media redis-a", "redis-a"]);
  });

  it("has no drills where they are switched off", () => {
    const off = backupSettings.parse({ ...given, drill: { enabled: false } });
    expect(volumesEnvironment(off, [], [])["CRONTAB"]).toBe(
      "5 * * * * /usr/local/bin/volume-backup take",
    );
  });
});

describe("Volumes", () => {
  it("runs as the app, reads what is marked, writes to volumes of its own, and has no network", async () => {
    const run = await usual();
    const container = run.inputs("shop-test-volumes") as unknown as {
      readonly user: string;
      readonly networkMode: string;
      readonly volumes: readonly {
        volumeName: string;
        containerPath: string;
        readOnly: boolean;
      }[];
    };
    expect([container.user, container.networkMode]).toEqual(["4711:4712", "none"]);
    expect(
      container.volumes.map(({ volumeName, containerPath, readOnly }) => [
        volumeName.replace(/-secrets-.*/, "-secrets"),
        `${containerPath}${readOnly ? ":ro" : ""}`,
      ]),
    ).toEqual([
      ["shop-test-app-uploads", "/volumes/uploads:ro"],
      ["shop-test-volume-backups", "/volume-backups"],
      ["shop-test-volume-drill", "/drill"],
      ["shop-test-volume-status", "/volumes-status"],
      ["shop-test-volumes-secrets", "/run/secrets:ro"],
    ]);
    expect(oneShotLine(run.inputs("shop-test-volumes-backups-owner"))).toContain(
      "own-volume 4711 4712",
    );
    expect(run.stackOutputs["containers"]).toHaveProperty("volumes");
    expect(inClear(run)).not.toContain("canary-passphrase");
  });

  it("is watched by the container that backs up the database", async () => {
    const run = await usual();
    const { volumes, envs } = run.inputs("shop-test-backup") as unknown as {
      readonly envs: readonly string[];
      readonly volumes: readonly object[];
    };
    expect(volumes).toContainEqual(
      expect.objectContaining({ containerPath: "/volumes-status/app", readOnly: true }),
    );
    expect(envs.join()).toContain('"volumes":93600');
  });

  it("keeps and protects its repository as backups are", async () => {
    const run = await runSettings(settings({ backup: { protect: true } }));
    const options = (name: string) => run.get(`shop-test-volumes-${name}`).options;
    expect(options("backups")).toMatchObject({ retainOnDelete: true, protect: true });
    expect(options("drill")).toMatchObject({ retainOnDelete: false, protect: false });
  });

  it("is not there where nothing is marked", async () => {
    const plain = { ...app, volumes: [{ name: "cache", path: "/data/cache" }] };
    const run = await runSettings(settings({ app: plain }));
    expect(run.names.filter((name) => /shop-test-volume|volumes-status/.test(name))).toEqual([]);
    expect(run.stackOutputs["containers"]).not.toHaveProperty("volumes");
  });

  it("of a queue runs as that server does, after it, with its memory and a repository of its own", async () => {
    const given = settings({ redis: { jobs: { for: "queue", memory: "1GiB" } } });
    const run = await runSettings(given);
    const container = run.inputs("shop-test-volumes-998") as unknown as {
      readonly user: string;
      readonly memory: number;
      readonly envs: readonly string[];
      readonly labels: readonly object[];
      readonly volumes: readonly { volumeName: string; containerPath: string }[];
    };
    expect([container.user, container.memory]).toEqual(["998:998", 1024]);
    expect(container.envs).toEqual(
      expect.arrayContaining(["VOLUMES=redis-jobs", "QUEUES=redis-jobs"]),
    );
    expect(container.labels).toContainEqual({ label: "dev.keelson.owner", value: "998:998" });
    expect(
      container.volumes.map(({ volumeName, containerPath }) => [
        volumeName.replace(/-secrets-.*/, "-secrets"),
        containerPath,
      ]),
    ).toEqual([
      ["shop-test-redis-jobs-data", "/queues/redis-jobs"],
      ["shop-test-volume-backups-998", "/volume-backups"],
      ["shop-test-volume-drill-998", "/drill"],
      ["shop-test-volume-status-998", "/volumes-status"],
      ["shop-test-volumes-998-secrets", "/run/secrets"],
    ]);
    expect(oneShotLine(run.inputs("shop-test-volumes-998-backups-owner"))).toContain(
      "own-volume 998 998",
    );
    expect(run.before("shop-test-volumes-998")).toContain("shop-test-redis-jobs-ready");
    expect(run.stackOutputs["containers"]).toMatchObject({
      volumes: expect.any(String) as string,
      "volumes-998": expect.any(String) as string,
    });
    const { volumes: watched } = run.inputs("shop-test-backup") as unknown as typeof container;
    expect(watched.map(({ containerPath }) => containerPath)).toEqual(
      expect.arrayContaining(["/volumes-status/app", "/volumes-status/998"]),
    );
  });

  it("of a queue changes nothing of what a stack with one has", async () => {
    const given = { redis: { jobs: { for: "queue" } } };
    const before = await runSettings(
      settings({ redis: { jobs: { for: "queue", backup: false } } }),
    );
    const after = await runSettings(settings(given));
    const same = ["redis-jobs", "redis-jobs-data", "volumes", "volumes-backups", "volumes-drill"];
    for (const each of same) {
      expect(after.inputs(`shop-test-${each}`)).toEqual(before.inputs(`shop-test-${each}`));
    }
    expect(before.names.filter((name) => name.includes("-998"))).toEqual([]);
  });

  it("of a service that runs as another user than the app runs as that one", async () => {
    const worker = {
      command: ["work"],
      user: "5:6",
      volumes: [{ name: "work", path: "/work", backup: true }],
    };
    const run = await runSettings(settings({ services: { worker } }));
    const container = run.inputs("shop-test-volumes-5-6");
    expect([container["user"], container["envs"]]).toEqual([
      "5:6",
      expect.arrayContaining(["VOLUMES=worker-work"]),
    ]);
    expect(run.inputs("shop-test-volumes")["user"]).toBe("4711:4712");
  });

  it("is refused where backups are switched off", () => {
    expect(() => settings({ backup: { enabled: false } })).toThrow(
      "app.volumes[0].backup: is true, and backup.enabled is not; set both to the same",
    );
  });
});
