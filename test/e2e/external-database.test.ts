// A database that Keelson does not run, with TLS and an authority of its own: dumped, drilled, watched.
// @module-tag long
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inventory, Proof } from "#cli/documents/backups";
import { ask, writeNote } from "../support/app.js";
import { takePorts } from "../support/claims.js";
import { docker, run, tryDocker, until } from "../support/docker.js";
import { Elsewhere } from "../support/elsewhere.js";
import { containerOf } from "../support/inspect.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "postgres");
const server = new Elsewhere("test-external-server", ports.postgres);
const stack = new Stack("test-external", {
  app: {
    name: "e2e-external",
    version: "1",
    gitSha: "aaaa111",
    poolSize: 5,
    variables: { databaseCa: "DATABASE_CA" },
    volumes: [{ name: "uploads", path: "/app/uploads", backup: true }],
  },
  database: {
    // As a provider has schemas and tables of its own, which it alone may read.
    excludeFromDumps: ["vault", "provider.migrations"],
    externalUrlSecret: "DATABASE",
    backupUrlSecret: "DUMPS",
    caSecret: "AUTHORITY",
    maxConnections: 20,
  },
  secrets: { DATABASE: {}, DUMPS: {}, AUTHORITY: {} },
  proxy: { httpPort: ports.http },
});
// Longer than a line of a service file may be, as tokens of managed databases are.
const long = "pässword ".repeat(150).trim();
const url = (role: string) => server.url(role, long, "shop");

beforeAll(async () => {
  await stack.sweep();
  await server.start();
  await server.sql(`CREATE ROLE shop LOGIN PASSWORD '${long}'; CREATE DATABASE shop OWNER shop;
    CREATE ROLE dumper LOGIN PASSWORD '${long}' CONNECTION LIMIT 3`);
  stack.environment = {
    DATABASE: `${url("shop")}?sslmode=verify-full&sslrootcert=/run/secrets/DATABASE_CA`,
    DUMPS: url("dumper"),
    AUTHORITY: server.authority,
  };
});
afterAll(async () => {
  await stack.remove();
  await server.remove();
});

const inventory = async () => JSON.parse(await stack.must("backups", "--json")) as Inventory;

describe("an external database", () => {
  it("is said to have dumps alone", async () => {
    const said = await stack.must("check");
    expect(said).toContain("of an external database there are dumps alone");
    expect(said.trim().split("\n").at(-1)).toBe("ok");
  });

  it("is in use, over TLS, and no up ends before all of it can be dumped", async () => {
    await server.sql(
      `CREATE TABLE elsewhere (n int); CREATE SCHEMA vault; CREATE TABLE vault.secrets (n int);
      CREATE SCHEMA provider; CREATE TABLE provider.migrations (n int); CREATE TABLE provider.kept (n int)`,
      "shop",
    );
    const refused = await stack.keelson("up");
    expect(refused.code).toBe(1);
    expect(refused.stdout + refused.stderr).toContain(
      "this role may not read all of the database (provider.kept, public.elsewhere)",
    );
    await server.sql(
      "GRANT USAGE ON SCHEMA provider TO dumper; GRANT SELECT ON elsewhere, provider.kept TO dumper; GRANT shop TO dumper",
      "shop",
    );
    await stack.up();
    await writeNote(ports.http, "kept");
    expect((await ask(ports.http, "/ready")).status).toBe(200);
    await until("the first dump", async () => (await inventory()).lastRuns.dump !== null);
    expect((await inventory()).lastRuns.dump).toMatchObject({ error: null });
    expect((await stack.up()).changes).toMatchObject({ create: 0, update: 0, replace: 0 });
  });

  it("is dumped, and the dump proven by a restore into a server of its own", async () => {
    await server.sql(
      "CREATE TABLE policed (n int); ALTER TABLE policed ENABLE ROW LEVEL SECURITY",
      "shop",
    );
    const blind = await stack.keelson("backup now");
    expect(blind.stdout + blind.stderr).toContain("public.policed");
    expect((await inventory()).alerts.map(({ alert }) => alert)).toEqual(["KeelsonBackupFailed"]);
    await server.sql(
      "ALTER ROLE dumper BYPASSRLS; GRANT SELECT ON policed TO dumper; CREATE POLICY own ON policed TO shop USING (true)",
      "shop",
    );
    await stack.must("backup now");
    const proof = JSON.parse((await stack.must("drill now", "--json")).trim()) as Proof;
    expect(proof).toMatchObject({ proven: true, repository: 1 });
    expect(proof.checks.map(({ name }) => name)).toEqual(["dump", "migrations", "indexes", "age"]);
    const { dumps, physical, alerts, backups } = await inventory();
    expect([physical, alerts, backups]).toEqual([false, [], []]);
    expect(dumps.at(-1)).toMatchObject({
      file: proof.dump,
      provenAt: expect.any(String) as string,
    });
    expect(await stack.must("backups")).toContain("Dumps can be restored, and no other moment");
  });

  it("comes back by hand, into a database of its server", async () => {
    const { dumps } = await inventory();
    await server.sql("CREATE DATABASE again OWNER shop");
    const restore = `docker exec "$1" cat "/backups/$2" |
      docker exec -i "$3" pg_restore --no-owner --exit-on-error -h /tmp -U postgres --dbname=again`;
    const { Id } = await containerOf(stack, "backup");
    await run("bash", [
      "-o",
      "pipefail",
      "-c",
      restore,
      "sh",
      Id,
      dumps.at(-1)?.file ?? "",
      server.name,
    ]);
    expect(await server.sql("SELECT body FROM notes", "again")).toBe("kept");
    const left = "SELECT to_regclass('vault.secrets'), to_regclass('provider.migrations')";
    expect(await server.sql(left, "again")).toBe("|");
  });

  it("is asked for nothing else, and has no points in time", async () => {
    const { stdout } = await stack.keelson("drill now", "--at", "2026-01-01T00:00:00Z");
    expect(stdout).not.toContain("Proven");
    const asked = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'dumper'";
    expect(await server.sql(asked)).toBe("0");
    const metrics = await stack.must("backups", "--metrics");
    expect(metrics).toContain(
      'keelson_backup_failed{stack="e2e-external-test-external",kind="dump"} 0',
    );
    expect(metrics).not.toMatch(/keelson_(server_up|wal|heartbeat|backup_failed.*kind="full")/);
  });

  it("has a damaged dump found, and another one taken in its place by a drill's verdict", async () => {
    const [{ Id }, { dumps }] = [await containerOf(stack, "backup"), await inventory()];
    const file = `/backups/${dumps.at(-1)?.file ?? ""}`;
    const damage = `printf x | dd of=${file} bs=1 seek=2000 conv=notrunc status=none`;
    await docker(["exec", Id, "sh", "-c", damage]);
    const red = await stack.keelson("drill now", "--json");
    expect(red.code).toBe(1);
    expect(red.stdout).toContain("is not what it was when it was made");
    const verified = await tryDocker(["exec", Id, "/usr/local/bin/verify"]);
    expect([verified.code, verified.stderr]).toEqual([
      1,
      expect.stringContaining("is not what it was when it was made"),
    ]);
    await docker(["exec", Id, "/usr/local/bin/replace-damaged"]);
    expect((await inventory()).dumps.at(-1)?.file).not.toBe(dumps.at(-1)?.file);
    await stack.must("drill now");
    expect(stack.printed).not.toContain(long);
  });
});
