import { describe, expect, it } from "vitest";
import { backupSettings } from "#components/backup/settings";
import { repositoryConfig } from "#components/backup/pgbackrest";
import { settingsFrom } from "#config";
import { SettingsError } from "#lib/settings";
import { oneShotLine, runSettings, shared } from "../../support/program.js";
import { inClear, type Run } from "../../support/pulumi.js";
import { secretFilesIn } from "../../support/secret-lines.js";

const app = { name: "shop", image: "shop:1.0" };
const place = {
  endpoint: "s3.example.com:7070",
  bucket: "shop-backups",
  region: "eu",
  accessKeySecret: "S3_ID",
  secretKeySecret: "S3_KEY",
};
const sections = {
  environment: "local",
  app,
  secrets: { S3_ID: {}, S3_KEY: {}, S3_CA: {}, PASS: {} },
};
const environment = {
  S3_ID: "canary-id",
  S3_KEY: "canary-key\n",
  S3_CA: "-----BEGIN CERTIFICATE-----\ncanary\n",
  PASS: "canary-pass",
};

/** The files of a container's secrets volume. */
function filesOf(run: Run, workload: string): Record<string, string> {
  return secretFilesIn(run.inputs(`shop-test-${workload}-secrets-fill`)["stdin"]);
}

describe("repositoryConfig", () => {
  const base = { passphrase: "pass", user: "shop_backup", prefix: "/shop-prod", offsite: [] };

  it("is encrypted, deletes nothing by itself, and shares its locks", () => {
    expect(repositoryConfig(base)).toBe(`[global]
repo1-path=/repository
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=pass
repo1-bundle=y
repo1-block=y
compress-type=zst
start-fast=y
process-max=2
archive-timeout=60
expire-auto=n
lock-path=/var/run/postgresql/lock
log-level-file=off
log-level-console=warn

[main]
pg1-path=/var/lib/postgresql/data/pgdata
pg1-socket-path=/var/run/postgresql
pg1-user=shop_backup

`);
  });

  it("lets WAL wait for a repository elsewhere, and drops none", () => {
    const [first] = backupSettings.parse({
      repositories: [{ ...place, uriStyle: "path", caSecret: "S3_CA" }],
    }).repositories;
    if (first === undefined) throw new Error("no repository");
    const config = repositoryConfig({
      ...base,
      queued: true,
      offsite: [
        { ...first, accessKey: "id", secretKey: "key" },
        { ...first, prefix: "/other", caSecret: undefined, accessKey: "id", secretKey: "key" },
      ],
    });
    expect(config).toContain(`
repo2-path=/shop-prod
repo2-cipher-type=aes-256-cbc
repo2-cipher-pass=pass
repo2-bundle=y
repo2-block=y
repo2-type=s3
repo2-s3-endpoint=s3.example.com:7070
repo2-s3-bucket=shop-backups
repo2-s3-region=eu
repo2-s3-uri-style=path
repo2-s3-key=id
repo2-s3-key-secret=key
repo2-storage-ca-file=/run/secrets/repository-2-ca.pem
repo3-path=/other
`);
    expect(config).toContain("\narchive-async=y\nspool-path=/var/spool/pgbackrest\n");
    expect(config).not.toContain("archive-push-queue-max");
    expect(config).not.toContain("repo3-storage-ca-file");
  });
});

const runWith = (backup: object) =>
  runSettings(settingsFrom({ ...sections, backup }), { environment });

describe("Repository", () => {
  const repositories = [{ ...place, caSecret: "S3_CA" }];
  const offsite = { repositories, passphraseSecret: "PASS" };
  const elsewhere = shared(() => runWith(offsite));
  const files = async (workload: string) => filesOf(await elsewhere(), workload);

  it("gives server and backup the same configuration, with its keys", async () => {
    const server = await files("postgres");
    const backup = await files("backup");
    expect(server["pgbackrest.conf"]).toBe(backup["pgbackrest.conf"]);
    expect(server["pgbackrest.conf"]).toContain("repo2-s3-key=canary-id\n");
    expect(server["pgbackrest.conf"]).toContain("repo2-s3-key-secret=canary-key\n");
    expect(server["repository-2-ca.pem"]).toBe(environment.S3_CA);
  });

  it("lets the server archive to both sides by themselves", async () => {
    const server = await files("postgres");
    expect(Object.keys(server).sort()).toEqual([
      "POSTGRES_PASSWORD",
      "pgbackrest-local.conf",
      "pgbackrest-offsite.conf",
      "pgbackrest.conf",
      "repository-2-ca.pem",
    ]);
    expect(server["pgbackrest-local.conf"]).toMatch(/^repo1-path=/m);
    expect(server["pgbackrest-local.conf"]).not.toMatch(/repo2|async/);
    expect(server["pgbackrest-offsite.conf"]).toMatch(/^archive-async=y$/m);
    expect(server["pgbackrest-offsite.conf"]).not.toContain("repo1");
    expect(Object.keys(filesOf(await runWith({}), "postgres"))).toEqual([
      "POSTGRES_PASSWORD",
      "pgbackrest.conf",
    ]);
  });

  it("gives a drill the local repository alone", async () => {
    const drill = await files("drill");
    expect(Object.keys(drill)).toEqual(["pgbackrest.conf"]);
    expect(drill["pgbackrest.conf"]).toContain("repo1-cipher-pass=canary-passphrase\n");
    expect(drill["pgbackrest.conf"]).not.toContain("repo2");
  });

  it("gives a drill from elsewhere nothing of the host: no repository, no dumps, a network of its own", async () => {
    const drill = await files("drill-offsite");
    expect(Object.keys(drill)).toEqual(["pgbackrest.conf", "repository-2-ca.pem"]);
    expect(drill["pgbackrest.conf"]).toContain("repo2-s3-key=canary-id\n");
    expect(drill["pgbackrest.conf"]).not.toMatch(/repo1|async|spool/);
    const run = await elsewhere();
    const container = run.inputs("shop-test-drill-offsite");
    const mounts = container["volumes"] as { volumeName: string; containerPath: string }[];
    expect(mounts.map((each) => each.containerPath).sort()).toEqual([
      "/drill",
      "/proofs",
      "/run/secrets",
    ]);
    expect(mounts.find((each) => each.containerPath === "/drill")?.volumeName).toBe(
      "shop-test-drill-offsite",
    );
    expect(container["networksAdvanced"]).toEqual([
      { name: "shop-test-drill-offsite-out-1234567" },
    ]);
    expect(container["envs"]).toContainEqual(
      expect.stringMatching(
        /^CRONTAB=0 5 1 \* \* timeout \S+ \d+ \/usr\/local\/bin\/drill latest 2$/,
      ),
    );
  });

  it("has a volume for what waits for a repository elsewhere, and a way out to it", async () => {
    const run = await elsewhere();
    const paths = (name: string) =>
      (run.inputs(name)["volumes"] as { containerPath: string }[]).map((v) => v.containerPath);
    expect(paths("shop-test-postgres")).toContain("/var/spool/pgbackrest");
    expect(run.inputs("shop-test-backup")["networksAdvanced"]).toEqual([
      { name: "shop-test-backup-out-1234567" },
    ]);
    expect(run.inputs("shop-test-drill")["networkMode"]).toBe("none");
    expect(inClear(run)).not.toContain("canary-");
  });

  it("offers a passphrase that is given instead of one of its own", async () => {
    const run = await runWith({ passphraseSecret: "PASS" });
    expect(run.names.filter((name) => name.endsWith("repository-passphrase"))).toEqual([]);
    const kept = run.inputs("shop-test-repository-passphrase-kept");
    expect(kept["stdin"]).toBe("canary-pass\n");
    expect(oneShotLine(kept)).toMatch(/choose-passphrase given$/);
    // What it prints is the passphrase.
    expect(kept["logging"]).toBe("none");
  });
});

describe("the settings of repositories", () => {
  it.each([
    [
      { endpoint: "https://s3.example.com" },
      /^backup\.repositories\[0\]\.endpoint: .*is not a host; /,
    ],
    [{ bucket: "A" }, /^backup\.repositories\[0\]\.bucket: .*is not a bucket's name; /],
    [{ region: "eu\nrepo1-path=/x" }, /^backup\.repositories\[0\]\.region: /],
    [{ prefix: "shop" }, /^backup\.repositories\[0\]\.prefix: .*start it with \//],
    [
      { accessKeySecret: "GONE" },
      /^backup\.repositories\[0\]\.accessKeySecret: "GONE" is not in secrets/,
    ],
  ])("refuse %j", (wrong, message) => {
    const build = () =>
      settingsFrom({ ...sections, backup: { repositories: [{ ...place, ...wrong }] } });
    expect(build).toThrow(SettingsError);
    expect(build).toThrow(message);
  });

  it.each([
    [
      {},
      /^backup\.passphraseSecret: is required with backup\.repositories: .*openssl rand -base64 48/,
    ],
    [{ passphraseSecret: "MADE" }, /^backup\.passphraseSecret: "MADE" is generated: /],
  ])("refuse a passphrase that is on this host alone: %j", (passphrase, message) => {
    const secrets = { ...sections.secrets, MADE: { generate: { length: 48 } } };
    const build = () =>
      settingsFrom({ ...sections, secrets, backup: { repositories: [place], ...passphrase } });
    expect(build).toThrow(SettingsError);
    expect(build).toThrow(message);
    // Without a place elsewhere, what is on the host goes with the host.
    expect(() => settingsFrom({ ...sections, secrets, backup: passphrase })).not.toThrow();
  });

  it("refuse the same place twice", () => {
    const backup = { repositories: [place, place] };
    expect(() => settingsFrom({ ...sections, backup })).toThrow("backup.repositories[1]");
  });
});
