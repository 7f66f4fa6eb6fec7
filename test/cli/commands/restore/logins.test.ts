import { describe, expect, it } from "vitest";
import { neverRotated, presentSql, rolesSql } from "#cli/commands/restore/logins";
import { databasesWithLogins, settingsFrom, type DatabaseLogins } from "#config";

const of = (database: object) =>
  databasesWithLogins(
    settingsFrom({ environment: "prod", app: { name: "shop", image: "shop:1.0" }, database }),
  );
const [first] = of({});
const found = (name: string, logsIn = true) => ({ name, logsIn });

describe("data of before a rotation", () => {
  it("are known by their roles, further databases' too", () => {
    expect(rolesSql(of({ more: { queue: {} } }))).toBe(
      "SELECT rolname || ' ' || rolcanlogin::text FROM pg_roles WHERE rolname ~ " +
        "'^(shop_prod|shop_prod_queue)_(migrator|app|readonly|backup|monitor)(_[0-9]+)?$';\n",
    );
  });

  it.each<[string, readonly DatabaseLogins[], boolean, boolean]>([
    ["neither now nor then", of({}), true, true],
    ["now", of({ logins: { app: { rotation: 2 } } }), true, false],
    [
      "of a further database now",
      of({ more: { queue: { logins: { app: { rotation: 2 } } } } }),
      true,
      false,
    ],
    ["then", of({}), false, false],
  ])("need nothing where there was none: %s", (_name, all, plain, expected) => {
    const roles = [found("shop_prod_app"), found("shop_prod_migrator")];
    expect(neverRotated(all, plain ? roles : [...roles, found("shop_prod_app_2")])).toBe(expected);
    expect(neverRotated(all, [...roles, found("shop_prod_monitor", false)])).toBe(false);
  });

  it("get the logins of now, and lose those of then", () => {
    const sql = presentSql(first, "app", [
      [3, "new"],
      [2, "old"],
    ]).split("\n");
    const set = sql.filter((line) => line.includes(" PASSWORD "));
    expect(set).toEqual([
      `ALTER ROLE "shop_prod_app_3" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION LOGIN PASSWORD 'new';`,
      `ALTER ROLE "shop_prod_app_2" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION LOGIN PASSWORD 'old';`,
      expect.stringMatching(
        /ALTER ROLE %I NOLOGIN PASSWORD NULL.*rolname = 'shop_prod_app' OR .* AND rolname <> 'shop_prod_app_3' AND rolname <> 'shop_prod_app_2'/,
      ),
    ]);
  });

  it("get the password of the role itself where that logs in", () => {
    const sql = presentSql(first, "app", [[1, "it's"]]);
    expect(sql).toContain(`ALTER ROLE "shop_prod_app" LOGIN PASSWORD 'it''s';`);
    expect(sql).toContain("AND rolname <> 'shop_prod_app' \\gexec");
  });
});
