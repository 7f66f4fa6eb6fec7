import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renameSql } from "#cli/commands/rename/database";
import { resumed, validate, type RenamePlan } from "#cli/commands/rename/plan";
import { doneText, planText } from "#cli/commands/rename/text";

describe("validate", () => {
  it.each([
    [
      { app: "My App" },
      '--app: "My App" is not a name; use 2 to 40 lower-case letters, digits and hyphens, a letter first',
    ],
    [
      { to: "a/b" },
      '--to: "a/b" is not a stack\'s name; use letters, digits, hyphens, underscores and periods',
    ],
    [
      { database: "DB" },
      '--database: "DB" is not a database name; use up to 52 lower-case letters, digits, _ and -',
    ],
    [
      { to: "live", database: "db" },
      "--to and --database are two renames; do one after the other.",
    ],
  ])("refuses %j", (names, message) => {
    expect(() => {
      validate({ stack: "prod", ...names });
    }).toThrow(message);
  });

  it.each([{}, { to: "live", app: "store" }, { app: "store", database: "store_prod" }])(
    "takes %j",
    (names) => {
      expect(() => {
        validate({ stack: "prod", ...names });
      }).not.toThrow();
    },
  );
});

describe("resumed", () => {
  let folder = "";
  const write = (stack: string) => {
    writeFileSync(join(folder, `Pulumi.${stack}.yaml`), "config: {}\n");
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-rename-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("finds the settings under the new name where a kill came after they had it", () => {
    write("live");
    expect(resumed({ stack: "prod", to: "live" }, folder)).toEqual({
      stack: "prod",
      to: "live",
      configFile: join(folder, "Pulumi.live.yaml"),
    });
  });

  it("changes nothing otherwise", () => {
    for (const options of [
      { stack: "prod", to: "live" },
      { stack: "prod" },
      { stack: "prod", to: "live", configFile: "own.yaml" },
    ]) {
      expect(resumed(options, folder)).toEqual(options);
    }
    write("prod");
    write("live");
    expect(resumed({ stack: "prod", to: "live" }, folder)).toEqual({ stack: "prod", to: "live" });
  });
});

describe("renameSql", () => {
  const sql = renameSql({ from: 'a"b', to: "it's" }).split("\n");

  it("renames the database and every role of it in one transaction, after its sessions have ended", () => {
    expect(sql).toEqual([
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'a"b' \\g /dev/null`,
      "BEGIN;",
      `ALTER DATABASE "a""b" RENAME TO "it's";`,
      ...["owner", "migrator", "app", "readonly", "backup", "monitor"].map(
        (role) => `ALTER ROLE "a""b_${role}" RENAME TO "it's_${role}";`,
      ),
      // Their second logins, those that have ended too.
      `SELECT format('ALTER ROLE %I RENAME TO %I', rolname, 'it''s' || right(rolname, -length('a"b'))) ` +
        `FROM pg_roles WHERE rolname ~ '^a"b_(migrator|app|readonly|backup|monitor)_[0-9]+$' \\gexec`,
      `ALTER ROLE "it's_migrator" SET role = 'it''s_owner';`,
      "COMMIT;",
      "",
    ]);
  });
});

const plan: RenamePlan = {
  from: "prod",
  to: "prod",
  app: ["shop", "shop"],
  identity: { app: "shop", stack: "prod", database: "shop_prod" },
  database: undefined,
  edited: { before: "a", after: "a" },
};
const stays =
  "The names on the Docker host stay as they are, shop-prod-…, and with them all data: shop-prod-postgres-data/shop_prod.";

describe("planText", () => {
  it.each<[string, Partial<RenamePlan>, string[]]>([
    ["nothing", {}, []],
    ["settings alone", { edited: { before: "a", after: "b" } }, [stays]],
    ["a stack", { to: "live" }, ["Stack: prod becomes live.", stays]],
    [
      "an app",
      { app: ["shop", "store"], edited: { before: "a", after: "b" } },
      ["app.name: shop becomes store.", stays],
    ],
    [
      "a database",
      {
        database: { from: "shop_prod", to: "db" },
        identity: { ...plan.identity, database: "db" },
        edited: { before: "a", after: "b" },
      },
      [
        "Database: shop_prod becomes db, and its roles with it. The app is in maintenance until it runs with the new name.",
        stays.replace("shop_prod.", "db."),
      ],
    ],
  ])("says what is to be done for %s", (_, change, lines) => {
    expect(planText({ ...plan, ...change })).toEqual(lines);
  });
});

describe("doneText", () => {
  it("names the settings file and the command that is left", () => {
    expect(doneText({ ...plan, to: "live", app: ["shop", "store"] }, {})).toEqual([
      "The stack is called live now. Its settings are in Pulumi.live.yaml.",
      "The app gets its new name by: keelson up --stack live",
    ]);
    expect(doneText({ ...plan, app: ["shop", "store"] }, { configFile: "own.yaml" })).toEqual([
      "The app gets its new name by: keelson up --stack prod --config-file own.yaml",
    ]);
    expect(doneText(plan, {})).toEqual(["Done."]);
  });
});
