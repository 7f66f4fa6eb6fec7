import { describe, expect, it } from "vitest";
import {
  loginInServer,
  loginProblems,
  passwordResource,
} from "#components/database/login-settings";
import { loginSql } from "#components/database/logins";
import { ensureSql } from "#components/database/roles";
import { databaseSettings, roleOptions } from "#components/database/settings";

const options = (settings: object = {}, replication = false) =>
  roleOptions(databaseSettings.parse(settings), "7s", replication);
const lines = (sql: string) => sql.split("\n");
const password = "it's";

describe("loginSql", () => {
  it("makes a login that becomes the role, with its attributes, rights and session defaults", () => {
    const sql = lines(loginSql("shop", { role: "app", number: 2, password }, options()));
    expect(sql.slice(2)).toEqual([
      `SELECT 'CREATE ROLE "shop_app_2"' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_app_2') \\gexec`,
      `ALTER ROLE "shop_app_2" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION LOGIN PASSWORD 'it''s';`,
      'GRANT "shop_app" TO "shop_app_2";',
      'ALTER ROLE "shop_app_2" RESET ALL;',
      expect.stringMatching(
        /^SELECT CASE WHEN list .*'ALTER ROLE %I %s SET %I %s', 'shop_app_2', .* WHERE rolname = 'shop_app' AND key <> 'role' \\gexec$/,
      ),
      `ALTER ROLE "shop_app_2" SET statement_timeout = '30s';`,
      `ALTER ROLE "shop_app_2" SET idle_in_transaction_session_timeout = '60s';`,
      `ALTER ROLE "shop_app_2" SET lo_compat_privileges = 'on';`,
      `ALTER ROLE "shop_app_2" SET role = 'shop_app';`,
      "",
    ]);
  });

  it("logs no statement with a password in it", () => {
    const sql = lines(loginSql("shop", { role: "app", number: 2, password }, options()));
    expect(sql[1]).toContain("SET log_statement = 'none'");
  });

  it.each([
    ["migrator", {}, false, "role = 'shop_owner'"],
    ["app", { ownsSchema: true }, false, "role = 'shop_owner'"],
    ["backup", {}, false, "role = 'shop_backup'"],
    ["monitor", {}, false, "role = 'shop_monitor'"],
    ["readonly", {}, false, "default_transaction_read_only = 'on'"],
    ["backup", {}, false, "LOGIN BYPASSRLS PASSWORD"],
    ["app", {}, true, " REPLICATION LOGIN"],
  ] as const)("of %s (%j, replication: %s) has %s", (role, settings, replication, text) => {
    const sql = loginSql("shop", { role, number: 3, password }, options(settings, replication));
    expect(sql).toContain(text);
  });
});

describe("a role whose login is another", () => {
  const passwords = { migrator: "m", readonly: "r", backup: "b", monitor: "o" };
  const own = (sql: string, role: string) =>
    lines(sql).filter((line) => line.startsWith(`ALTER ROLE "shop_${role}" NO`));

  it("keeps its attributes but for the login, which is left as the server has it", () => {
    const sql = ensureSql("shop", passwords, options());
    expect(own(sql, "app")).toEqual([
      'ALTER ROLE "shop_app" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;',
    ]);
    const { backup, ...others } = { ...passwords, app: "a" };
    expect(backup).toBe("b");
    expect(own(ensureSql("shop", others, options()), "backup")).toEqual([
      'ALTER ROLE "shop_backup" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;',
    ]);
  });

  it("leaves the owner without a login", () => {
    expect(own(ensureSql("shop", passwords, options()), "owner")).toEqual([
      'ALTER ROLE "shop_owner" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOLOGIN;',
    ]);
  });
});

describe("names", () => {
  it("of the first login and its password are those of ever", () => {
    expect([loginInServer("shop", "app", 1), loginInServer("shop", "app", 12)]).toEqual([
      "shop_app",
      "shop_app_12",
    ]);
    expect([passwordResource("d", "app", 1), passwordResource("d", "app", 2)]).toEqual([
      "d-app-password",
      "d-app-password-2",
    ]);
  });

  it("that the server would cut are refused", () => {
    const logins = (rotation: number) => ({ migrator: { rotation, previous: false } });
    const longest = "x".repeat(52);
    expect(loginProblems(logins(9), longest, "database.logins")).toEqual([]);
    expect(loginProblems(logins(10), longest, "database.logins")).toEqual([
      `database.logins.migrator.rotation: ${longest}_migrator_10 is longer than 63 characters; give the database a shorter name first (keelson rename --database)`,
    ]);
  });
});
