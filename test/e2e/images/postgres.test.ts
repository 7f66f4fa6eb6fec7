import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cleanUp,
  docker,
  exitCode,
  hardened,
  logs,
  tryDocker,
  until,
  untilHealthy,
} from "../../support/docker.js";
import {
  buildImages,
  password,
  postgresArgs,
  secretLines,
  sql,
  volume,
  writeSecrets,
  type Tags,
} from "../../support/images.js";
import { long } from "../../support/long.js";

const secrets = "kimg-pg-secrets";
let tags: Tags = {};

beforeAll(async () => {
  await cleanUp("kimg-pg");
  tags = await buildImages("postgres", "jobs");
  await volume(tags, secrets, 0);
  await writeSecrets(tags, secrets, 999, secretLines({ password }));
});
afterAll(() => cleanUp("kimg-pg"));

/** Starts a server on a data volume, ready or not. */
function start(name: string, data: string, more: { user?: string } = {}): Promise<string> {
  return docker(["run", "--detach", ...postgresArgs(tags, { name, data, secrets, ...more })]);
}

/** What a server says that refuses to start on a volume. */
async function refusal(name: string, data: string, more: { user?: string } = {}): Promise<string> {
  await start(name, data, more);
  expect(await exitCode(name)).toBe(1);
  return (await logs(name)).trim();
}

/** Runs a shell text as root on a volume. */
function onVolume(data: string, script: string): Promise<string> {
  return docker([
    "run",
    "--rm",
    "--user",
    "0",
    "--volume",
    `${data}:/v`,
    tags["jobs"] ?? "",
    "sh",
    "-c",
    script,
  ]);
}

describe("the postgres image", () => {
  const data = "kimg-pg-data";

  beforeAll(async () => {
    await volume(tags, data, 999);
    await start("kimg-pg-1", data);
    await untilHealthy("kimg-pg-1");
  });

  it("makes the database as the environment says, with checksums and scram", async () => {
    const shown = await sql(
      "kimg-pg-1",
      `SELECT current_database(), current_user, current_setting('data_checksums'), current_setting('password_encryption'),
         (SELECT concat(datlocprovider, ' ', datlocale) FROM pg_database WHERE datname = current_database());`,
    );
    expect(shown).toBe("close-the-loop_test|keelson|on|scram-sha-256|b C.UTF-8");
  });

  it("lets nobody in without the password, not even over its own socket", async () => {
    const methods = await sql("kimg-pg-1", "SELECT DISTINCT auth_method FROM pg_hba_file_rules");
    expect(methods).toBe("scram-sha-256");
    const { code } = await tryDocker([
      "exec",
      "kimg-pg-1",
      "psql",
      "-w",
      "-U",
      "keelson",
      "postgres",
    ]);
    expect(code).toBe(2);
  });

  it("runs without root and without a capability", async () => {
    const status = await docker(["exec", "kimg-pg-1", "cat", "/proc/1/status"]);
    expect(status).toMatch(/^Uid:\t999\t999\t999\t999$/m);
    expect(status).toMatch(/^CapEff:\t0000000000000000$/m);
    expect(status).toMatch(/^CapBnd:\t0000000000000000$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  });

  it("archives nothing, without an error, while no repository is configured", async () => {
    const { code } = await tryDocker([
      "exec",
      "kimg-pg-1",
      "pgbackrest-archive",
      "pg_wal/000000010000000000000001",
    ]);
    expect(code).toBe(0);
  });

  it("50: refuses a second server on its volume", async () => {
    const args = postgresArgs(tags, { name: "kimg-pg-second", data, secrets });
    await docker(["run", "--detach", ...args]);
    expect(await exitCode("kimg-pg-second")).toBe(1);
    expect(await logs("kimg-pg-second")).toContain(
      "postgres image: another container is running on this data volume; stop it first",
    );
    expect(await sql("kimg-pg-1", "SELECT 1")).toBe("1");
  });

  it("3: stops in order within seconds while a session is open, and keeps its data", async () => {
    await sql("kimg-pg-1", "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n");
    const open = sql("kimg-pg-1", "SELECT pg_sleep(120)").then(
      () => "ended",
      () => "cut",
    );
    await until("the session is open", async () => {
      const count = await sql(
        "kimg-pg-1",
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()",
      );
      return count === "1";
    });
    await docker(["stop", "--time", "30", "kimg-pg-1"]);
    expect([await exitCode("kimg-pg-1"), await open]).toEqual([0, "cut"]);
    await docker(["start", "kimg-pg-1"]);
    await untilHealthy("kimg-pg-1");
    expect(await sql("kimg-pg-1", "SELECT sum(n) FROM kept")).toBe("500500");
    expect(await logs("kimg-pg-1")).not.toContain("not properly shut down");
  });

  it("1: comes back after a SIGKILL with all that was committed, and nothing that was not", async () => {
    const open = sql(
      "kimg-pg-1",
      `INSERT INTO kept VALUES (1001);
       BEGIN; INSERT INTO kept SELECT generate_series(2001, 102000); CHECKPOINT; SELECT pg_sleep(120)`,
    ).then(
      () => "ended",
      () => "cut",
    );
    await until("100,000 rows are written and not committed", async () => {
      const query =
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'";
      return (await sql("kimg-pg-1", query)) === "1";
    });
    await docker(["kill", "kimg-pg-1"]);
    expect(await open).toBe("cut");
    await docker(["start", "kimg-pg-1"]);
    await untilHealthy("kimg-pg-1");
    expect(await sql("kimg-pg-1", "SELECT count(*), max(n) FROM kept")).toBe("1001|1001");
  });

  it.each(["a backend", "the checkpointer"])(
    "2: survives a SIGKILL of %s by itself, with its data",
    long,
    async (which) => {
      const type = which === "a backend" ? "client backend" : "checkpointer";
      const before = await docker(["inspect", "--format", "{{.State.StartedAt}}", "kimg-pg-1"]);
      const open = sql("kimg-pg-1", "SELECT pg_sleep(120)").catch(() => "cut");
      const pid = await until("the process is there", async () => {
        const found = await sql(
          "kimg-pg-1",
          `SELECT pid FROM pg_stat_activity WHERE backend_type = '${type}' AND (backend_type <> 'client backend' OR wait_event = 'PgSleep') LIMIT 1`,
        );
        return found !== "" && found;
      });
      await docker(["exec", "kimg-pg-1", "sh", "-c", `kill -9 ${pid}`]);
      expect(await open).toBe("cut");
      await until(
        "the server answers",
        async () =>
          (await sql("kimg-pg-1", "SELECT count(*) FROM kept").catch(() => "")) === "1001",
      );
      // The same container, which was not even started again.
      const state = ["inspect", "--format", "{{.State.StartedAt}}", "kimg-pg-1"];
      expect(await docker(state)).toBe(before);
    },
  );

  it.each([0, 200, 500])(
    "4: comes back when it is stopped %i ms after its start",
    long,
    async (after) => {
      await docker(["stop", "--time", "60", "kimg-pg-1"]);
      await docker(["start", "kimg-pg-1"]);
      await new Promise((resolve) => setTimeout(resolve, after)); // somewhere in its start
      await docker(["stop", "--time", "60", "kimg-pg-1"]);
      // 130, 143: by the signal itself, before there was a server. SIGKILL would be 137.
      expect([0, 1, 130, 143]).toContain(await exitCode("kimg-pg-1"));
      await docker(["start", "kimg-pg-1"]);
      await untilHealthy("kimg-pg-1");
      expect(await sql("kimg-pg-1", "SELECT count(*) FROM kept")).toBe("1001");
    },
  );

  it("is unhealthy while the server does not answer", async () => {
    await docker(["exec", "kimg-pg-1", "sh", "-c", "kill -STOP $(head -1 $PGDATA/postmaster.pid)"]);
    const { code } = await tryDocker(["exec", "kimg-pg-1", "healthcheck"]);
    await docker(["exec", "kimg-pg-1", "sh", "-c", "kill -CONT $(head -1 $PGDATA/postmaster.pid)"]);
    expect(code).not.toBe(0);
  });
});

describe("the postgres image on a volume that it can't use", () => {
  const data = "kimg-pg-other";

  beforeAll(() => volume(tags, data, 999));

  it("refuses data of another major", async () => {
    await onVolume(
      data,
      "mkdir -m 700 /v/pgdata && echo 16 >/v/pgdata/PG_VERSION && chown -R 999:999 /v",
    );
    expect(await refusal("kimg-pg-major", data)).toBe(
      "postgres image: the data in /var/lib/postgresql/data/pgdata is of PostgreSQL 16, and this image is PostgreSQL 17; run an image of 16 (postgres.version), or upgrade the data first: keelson upgrade-postgres --rehearse, then --apply",
    );
  });

  it("refuses data of another uid", async () => {
    await onVolume(data, "chown -R 70:70 /v/pgdata && chmod 755 /v/pgdata");
    expect(await refusal("kimg-pg-uid", data)).toBe(
      "postgres image: the data in /var/lib/postgresql/data/pgdata belongs to uid 70, and this image runs as uid 999; run the image that made it, or dump and restore",
    );
  });

  it("refuses a folder that holds something else, and leaves it alone", async () => {
    await onVolume(
      data,
      "rm -rf /v/pgdata && mkdir /v/pgdata && echo mine >/v/pgdata/mine && chown -R 999 /v",
    );
    expect(await refusal("kimg-pg-foreign", data)).toContain(
      "is not empty and holds no PostgreSQL data",
    );
    expect(await onVolume(data, "cat /v/pgdata/mine")).toBe("mine");
  });

  it("refuses a volume that it may not write to", async () => {
    await onVolume(data, "rm -rf /v/pgdata && chown 0:0 /v && chmod 755 /v");
    expect(await refusal("kimg-pg-root", data)).toContain(
      "which belongs to uid 0; give the volume to uid 999",
    );
  });
});

describe("the postgres image, killed while it makes the cluster", () => {
  it.each([1, 2, 3])("starts afresh afterwards (%i)", long, async (round) => {
    const [name, data] = [`kimg-pg-kill-${round}`, `kimg-pg-kill-data-${round}`];
    await volume(tags, data, 999);
    await start(name, data);
    await until("the making has begun", async () =>
      (await logs(name)).includes("making a PostgreSQL"),
    );
    await new Promise((resolve) => setTimeout(resolve, round * 400)); // somewhere in it
    await docker(["kill", name]);
    await docker(["start", name]);
    await untilHealthy(name);
    expect(await sql(name, "SELECT count(*) FROM pg_database WHERE datname LIKE 'close%'")).toBe(
      "1",
    );
    const left = await docker(["exec", name, "ls", "/var/lib/postgresql/data"]);
    expect(left).toBe("pgdata");
    await docker(["rm", "--force", name]);
  });

  it("says which password is missing, and makes nothing", async () => {
    const data = "kimg-pg-nopassword";
    await volume(tags, data, 999);
    await docker([
      "run",
      "--detach",
      "--name",
      data,
      ...hardened,
      "--network",
      "none",
      "--volume",
      `${data}:/var/lib/postgresql/data`,
      tags["postgres"] ?? "",
    ]);
    expect(await exitCode(data)).toBe(1);
    expect(await logs(data)).toContain("no password for the superuser; set POSTGRES_PASSWORD_FILE");
    expect(await onVolume(data, "ls /v")).toBe("");
  });
});
