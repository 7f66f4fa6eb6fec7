import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { settingsNotes } from "#config/notes";
import { runSettings } from "../support/program.js";
import { plain } from "../support/pulumi.js";
import { secretFilesIn } from "../support/secret-lines.js";

const base = {
  environment: "local",
  app: { name: "shop", image: "shop:1.0" },
  database: { externalUrlSecret: "DATABASE", caSecret: "CA" },
  secrets: { DATABASE: {}, CA: {} },
  proxy: { domains: ["localhost"], tls: { mode: "off" } },
};
const environment = {
  DATABASE: "postgres://me:pw@db.example.com/shop",
  DUMPS: "postgres://dumper:pw@direct.example.com/shop",
  CA: "canary-ca",
  ID: "id",
  KEY: "key",
  PASSPHRASE: "canary-passphrase",
};
const place = {
  endpoint: "s3.example.com",
  bucket: "backups",
  region: "eu",
  accessKeySecret: "ID",
  secretKeySecret: "KEY",
};

/** What a container's secrets are filled with, by their names. */
function filesOf(run: Awaited<ReturnType<typeof runSettings>>, container: string) {
  return secretFilesIn(plain(run.inputs(`${container}-secrets-fill`)["stdin"]));
}

const mounts = (inputs: Record<string, unknown>) =>
  (inputs["volumes"] as { containerPath: string }[]).map(({ containerPath }) => containerPath);

describe("backups of an external database", () => {
  it("are dumps, by a container with a way out and nothing of a server", async () => {
    const run = await runSettings(settingsFrom(base), { environment });
    const backup = run.inputs("shop-test-backup");
    const { envs } = backup as { envs: string[] };
    expect(envs).toEqual(
      expect.arrayContaining([
        "PGDATABASE=shop_local",
        "DATABASE_SERVICE_FILE=/run/secrets/DATABASE_SERVICE",
        'WATCH_MAX_AGE={"dump":93600,"proof":93600}',
      ]),
    );
    expect(envs.join("\n")).not.toMatch(/PGBACKREST|base full|PGHOST|RESTIC/);
    expect(mounts(backup)).toEqual(["/backups", "/proofs", "/metrics", "/run/secrets"]);
    expect(backup["networksAdvanced"]).toHaveLength(1);
    const { DATABASE_SERVICE: service } = filesOf(run, "shop-test-backup");
    expect(service).toContain("host=db.example.com\n");
    expect(service).toContain(
      "sslmode=verify-full\nsslrootcert=/tmp/authority.pem\n#authority canary-ca",
    );
    expect(run.names.join()).not.toMatch(/postgres|repository-socket/);
  });

  it("go by a URL of their own where there is one, without what is the provider's", async () => {
    const settings = settingsFrom({
      ...base,
      database: {
        ...base.database,
        backupUrlSecret: "DUMPS",
        excludeFromDumps: ["vault", "storage.migrations"],
      },
      secrets: { ...base.secrets, DUMPS: {} },
    });
    const run = await runSettings(settings, { environment });
    const { DATABASE_SERVICE: service } = filesOf(run, "shop-test-backup");
    expect(service).toContain("host=direct.example.com\n");
    expect(run.inputs("shop-test-backup")["envs"]).toContain(
      "DUMP_EXCLUDE=vault storage.migrations",
    );
    expect(plain(run.stackOutputs["migratorUrl"])).toBe(environment.DATABASE);
  });

  it("are drilled without a network, by the age that the schedule allows", async () => {
    const run = await runSettings(settingsFrom(base), { environment });
    const drill = run.inputs("shop-test-drill");
    expect(drill["envs"]).toEqual(expect.arrayContaining(["DRILL_MAX_RPO=93600"]));
    expect([drill["networkMode"], mounts(drill)]).toEqual([
      "none",
      ["/backups", "/proofs", "/drill"],
    ]);
  });

  it("are copied off-site, and drilled from there alone", async () => {
    const settings = settingsFrom({
      ...base,
      secrets: { ...base.secrets, ID: {}, KEY: {}, PASSPHRASE: {} },
      backup: { repositories: [place], passphraseSecret: "PASSPHRASE" },
    });
    const state = { "shop-test-repository-passphrase-kept": { stdout: "canary-passphrase" } };
    const run = await runSettings(settings, { environment, state });
    const files = filesOf(run, "shop-test-backup");
    expect(files["RESTIC_PASSWORD"]).toBe("canary-passphrase");
    expect(JSON.parse(files["restic.json"] ?? "")).toMatchObject({
      repositories: [
        {
          name: "2",
          env: { RESTIC_REPOSITORY: "s3:https://s3.example.com/backups/shop-test/restic-dumps" },
        },
      ],
    });
    const offsite = run.inputs("shop-test-drill-offsite");
    expect(offsite["envs"]).toContain("RESTIC_FILE=/run/secrets/restic.json");
    expect(mounts(offsite)).toEqual(["/proofs", "/drill", "/run/secrets"]);
  });

  it("are none where they are off", async () => {
    const settings = settingsFrom({ ...base, backup: { enabled: false } });
    const run = await runSettings(settings, { environment });
    expect(run.names.join()).not.toMatch(/backup|drill/);
  });
});

describe("settingsNotes", () => {
  it("says of an external database what it can't have", () => {
    expect(settingsNotes(settingsFrom(base))).toEqual([
      "backup: of an external database there are dumps alone, as old as backup.schedule makes them; see to physical backups and points in time where the database is",
    ]);
    expect(settingsNotes(settingsFrom({ ...base, backup: { enabled: false } }))).toEqual([
      "backup.enabled: is false, so nothing here is backed up, and nothing proves that the external database can be restored; set it to true for dumps and drills",
    ]);
    expect(settingsNotes(settingsFrom({ environment: "local", app: base.app }))).toEqual([]);
  });
});
