import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { databaseSettings, roleOptions } from "#components/database/settings";
import { loginRoles, roleInServer } from "#components/database/role-names";
import { ensureSql } from "#components/database/roles";

const passwords = { migrator: "m", app: "it's", readonly: "r", backup: "b", monitor: "o" };
const rights = readFileSync("images/jobs/rights.sql", "utf8");

/** The SQL with some of the settings, without the rights on objects. */
function ensured(settings: object = {}, replication = false): string {
  const options = roleOptions(databaseSettings.parse(settings), "7s", replication);
  return ensureSql("close-the-loop_prod", passwords, options).replace(rights.trimEnd(), "");
}
const sql = ensured();
const lines = sql.split("\n");

describe("ensureSql of a further database", () => {
  const options = roleOptions(databaseSettings.parse({}), "7s", false);
  const further = ensureSql("shop_prod_queue", passwords, options, "queue").split("\n");

  it("makes the roles of its own, and none for the whole server", () => {
    const made = further.flatMap((line) => /CREATE ROLE "([^"]+)"/.exec(line)?.[1] ?? []);
    expect(made).toEqual(
      ["owner", "migrator", "app", "readonly"].map((role) => `shop_prod_queue_${role}`),
    );
    expect(further.join("\n")).not.toContain("pg_backup_start");
  });

  it("fails where the server has it under another name, before it makes anything", () => {
    const guard = further.findIndex((line) => line.includes("RAISE EXCEPTION"));
    const first = further.findIndex((line) => line.includes("CREATE "));
    expect([guard > 1, guard < first]).toEqual([true, true]);
    expect(further[guard]).toContain(
      "for database.more.queue, but none called shop_prod_queue: no empty one is made. Set database.more.queue.name to ",
    );
    expect(further).toContain(
      `COMMENT ON DATABASE "shop_prod_queue" IS 'keelson: database.more.queue';`,
    );
  });
});

describe("ensureSql", () => {
  it("stops at the first error and logs no statement", () => {
    expect(lines[0]).toBe("\\set ON_ERROR_STOP on");
    expect(lines[1]).toContain("SET log_statement = 'none'");
    expect(lines[1]).toContain("log_min_error_statement = 'panic'");
  });

  it("fails where the server has another database of a stack, before it makes anything", () => {
    const guard = lines.findIndex((line) => line.includes("RAISE EXCEPTION"));
    const first = lines.findIndex((line) => line.includes("CREATE "));
    expect([guard > 1, guard < first]).toEqual([true, true]);
    expect(lines[guard]).toContain(
      "but none called close-the-loop_prod: no empty one is made. Set database.name to a name that is there, or allow it (KEELSON_NEW_DATABASE)",
    );
    expect(lines[guard]).toMatch(/HAVING count\(\*\) > 0 \\gexec$/);
    expect(lines.slice(2, guard)).toEqual([
      "\\getenv allowed KEELSON_NEW_DATABASE",
      "\\if :{?allowed}",
      "\\else",
      "\\set allowed ''",
      "\\endif",
    ]);
  });

  it("makes what is missing, so that it may run again", () => {
    const made = lines.filter((line) => line.includes("CREATE "));
    expect(made).toHaveLength(9);
    expect(
      made.filter((line) => !/WHERE NOT EXISTS .* \\gexec$| IF NOT EXISTS /.test(line)),
    ).toEqual([]);
  });

  it("quotes names and passwords, whatever is in them", () => {
    expect(sql).toContain(
      `ALTER ROLE "close-the-loop_prod_app" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION LOGIN PASSWORD 'it''s';`,
    );
    expect(sql).toContain(
      `SELECT 'CREATE DATABASE "close-the-loop_prod" OWNER "close-the-loop_prod_owner" TEMPLATE template0'`,
    );
  });

  it("gives each role what it needs and nothing more", () => {
    // PostgreSQL 15 does not have all of the roles.
    const ifThere = /^SELECT '(GRANT .*)' WHERE EXISTS .* \\gexec$/;
    const granted = lines.flatMap((line) => {
      const conditional = ifThere.exec(line)?.[1];
      if (conditional !== undefined) return [`${conditional};`];
      return line.startsWith("GRANT ") ? [line] : [];
    });
    expect(granted).toEqual([
      'GRANT "close-the-loop_prod_owner" TO "close-the-loop_prod_migrator";',
      'GRANT "pg_use_reserved_connections" TO "close-the-loop_prod_migrator";',
      'GRANT "pg_read_all_stats" TO "close-the-loop_prod_migrator";',
      'GRANT "pg_read_all_data" TO "close-the-loop_prod_backup";',
      'GRANT "pg_use_reserved_connections" TO "close-the-loop_prod_backup";',
      'GRANT "pg_read_all_settings" TO "close-the-loop_prod_backup";',
      'GRANT "pg_checkpoint" TO "close-the-loop_prod_backup";',
      'GRANT "pg_monitor" TO "close-the-loop_prod_monitor";',
      'GRANT "pg_use_reserved_connections" TO "close-the-loop_prod_monitor";',
      // In the database `postgres`, for pgBackRest and the heartbeat.
      ...["pg_backup_start(text, boolean)", "pg_backup_stop(boolean)", "pg_switch_wal()"]
        .concat("pg_create_restore_point(text)")
        .map(
          (each) => `GRANT EXECUTE ON FUNCTION pg_catalog.${each} TO "close-the-loop_prod_backup";`,
        ),
      'GRANT USAGE ON SCHEMA keelson TO "close-the-loop_prod_backup";',
      'GRANT SELECT, INSERT, UPDATE ON keelson.heartbeat TO "close-the-loop_prod_backup";',
    ]);
    expect(
      lines.filter((line) => / (SUPERUSER|CREATEDB|CREATEROLE|REPLICATION) /.test(line)),
    ).toEqual([]);
  });

  it("has the migrator create everything as the owner, who cannot log in", () => {
    expect(sql).toContain(
      `ALTER ROLE "close-the-loop_prod_migrator" SET role = 'close-the-loop_prod_owner';`,
    );
    const owner = lines.find((line) =>
      line.startsWith('ALTER ROLE "close-the-loop_prod_owner" NO'),
    );
    expect(owner).toMatch(/ NOLOGIN;$/);
  });

  it("lets the roles that read or write all tables do so with large objects, whoever made them", () => {
    const set = lines.filter((line) => line.includes("lo_compat_privileges"));
    expect(set).toEqual(
      ["migrator", "app", "backup"].map(
        (role) => `ALTER ROLE "close-the-loop_prod_${role}" SET lo_compat_privileges = 'on';`,
      ),
    );
  });

  it("limits the app's time as the settings say, 0 being no limit", () => {
    const limits = (settings: object) =>
      ensured(settings)
        .split("\n")
        .flatMap(
          (line) => /_(app|readonly)" SET (\w+timeout) = '(.*)';$/.exec(line)?.slice(1) ?? [],
        )
        .join(" ");
    expect(limits({})).toBe(
      "app statement_timeout 30s app idle_in_transaction_session_timeout 60s readonly statement_timeout 30s",
    );
    const timeouts = {
      statement: "5m",
      idleInTransaction: null,
      lock: "2s",
      readonlyStatement: null,
    };
    expect(limits({ timeouts })).toBe(
      "app statement_timeout 300s app idle_in_transaction_session_timeout 0 app lock_timeout 2s readonly statement_timeout 0",
    );
  });

  it("makes the app the owner where it makes its tables itself, and no longer where it does not", () => {
    const [owner, app] = ['"close-the-loop_prod_owner"', '"close-the-loop_prod_app"'];
    const owning = ensured({ ownsSchema: true });
    expect(owning).toContain(`GRANT ${owner} TO ${app};`);
    expect(owning).toContain(`ALTER ROLE ${app} SET role = 'close-the-loop_prod_owner';`);
    expect(owning).not.toContain(`REVOKE ${owner}`);
    expect(sql).not.toContain(`GRANT ${owner} TO ${app}`);
    expect(sql).not.toContain(`ALTER ROLE ${app} SET role`);
    expect(sql).toMatch(
      /^SELECT 'REVOKE "close-the-loop_prod_owner" FROM "close-the-loop_prod_app"' WHERE EXISTS \(SELECT FROM pg_auth_members .* \\gexec$/m,
    );
  });

  it("lets the app alone replicate, where that is asked for", () => {
    const replicating = ensured({}, true)
      .split("\n")
      .filter((line) => / REPLICATION /.test(line));
    expect(replicating).toEqual([
      `ALTER ROLE "close-the-loop_prod_app" NOSUPERUSER NOCREATEDB NOCREATEROLE REPLICATION LOGIN PASSWORD 'it''s';`,
    ]);
  });

  it("gives rights within the database last, as the superuser, who does not wait long for a table", () => {
    expect(lines.slice(-5)).toEqual([
      '\\connect "close-the-loop_prod"',
      "SET lock_timeout = '10s';",
      "SET keelson.database = 'close-the-loop_prod';",
      "",
      "",
    ]);
  });

  it("tells the migrator, and nobody else, how long to wait for a lock", () => {
    expect(lines.filter((line) => line.includes(" SET lock_timeout"))).toEqual([
      `ALTER ROLE "close-the-loop_prod_migrator" SET lock_timeout = '7s';`,
    ]);
  });

  it("sets a password for every role that logs in", () => {
    const named = loginRoles.map((role) => `"${roleInServer("close-the-loop_prod", role)}"`);
    const set = lines.filter((line) => line.includes(" PASSWORD '"));
    expect(set.map((line) => line.split(" ")[2])).toEqual(named);
  });
});

describe("roleInServer", () => {
  it("fits into PostgreSQL's 63 characters with the longest database name", () => {
    const lengths = loginRoles.map((role) => roleInServer("x".repeat(52), role).length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(63);
  });
});
