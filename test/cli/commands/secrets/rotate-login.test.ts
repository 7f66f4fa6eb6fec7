import { describe, expect, it } from "vitest";
import { isLoginName, loginTurn, sessionsSql } from "#cli/commands/secrets/rotate-login";
import { settingsFrom } from "#config";

const base = { environment: "prod", app: { name: "shop", image: "shop:1.0" } };
const settings = settingsFrom({
  ...base,
  database: {
    logins: { app: { rotation: 2, previous: true }, monitor: { rotation: 3 } },
    more: { queue: {} },
  },
});
const turn = (name: string, finish?: boolean, of = settings) =>
  loginTurn(name, of, { stack: "prod", ...(finish === undefined ? {} : { finish }) });

describe("the next rotation of a role's login", () => {
  it("is a number on, with the one before, and says how it ends", () => {
    const { path, wanted, done, before } = turn("database.migrator");
    expect({ path, wanted, done, before }).toEqual({
      path: ["database", "logins", "migrator"],
      wanted: { rotation: 2, previous: true },
      done: "database.migrator has a new login, shop_prod_migrator_2, and shop_prod_migrator goes on working. Once nothing uses that any more: keelson secrets rotate database.migrator --finish --stack prod",
      before: undefined,
    });
  });

  it("ends with one login, once it was looked who uses the one before", () => {
    const { wanted, done, before } = turn("database.app", true);
    expect([wanted, done]).toEqual([
      { rotation: 2, previous: false },
      "database.app has one login, shop_prod_app_2; shop_prod_app has ended.",
    ]);
    expect(before).toBeTypeOf("function");
  });

  it("of a further database is among its own settings", () => {
    const { path, done } = turn("database.more.queue.app");
    expect(path).toEqual(["database", "more", "queue", "logins", "app"]);
    expect(done).toContain("has a new login, shop_prod_queue_app_2,");
  });

  it.each([
    [
      "database.app",
      undefined,
      "shop_prod_app still works, and would end while it may be in use; run keelson secrets rotate database.app --finish --stack prod first.",
    ],
    [
      "database.monitor",
      true,
      "database.monitor has one login, shop_prod_monitor_3: there is nothing to finish.",
    ],
    [
      "database.owner",
      undefined,
      "database.owner can't log in: rotate database.migrator, which becomes it on login.",
    ],
    [
      "database.more.queue.backup",
      undefined,
      "There is no login database.more.queue.backup: there is database.migrator, database.app, database.readonly, database.backup, database.monitor, database.more.queue.migrator, database.more.queue.app, database.more.queue.readonly.",
    ],
    ["database.logins.app", undefined, "There is no login database.logins.app: there is"],
  ])("of %s (finish: %s) is refused", (name, finish, message) => {
    expect(() => turn(name, finish)).toThrow(message);
  });

  it("of an external database is refused", () => {
    const external = settingsFrom({
      ...base,
      database: { externalUrlSecret: "DB_URL" },
      secrets: { DB_URL: {} },
    });
    expect(() => turn("database.app", undefined, external)).toThrow(
      "database.app: the database is external; change the password there, give DB_URL its new URL, then run keelson up.",
    );
  });

  it("has a name that no secret can have", () => {
    expect(["database.app", "DATABASE_URL"].map(isLoginName)).toEqual([true, false]);
  });
});

describe("sessionsSql", () => {
  it("asks for the sessions of the login alone", () => {
    expect(sessionsSql("it's")).toContain("FROM pg_stat_activity WHERE usename = 'it''s' ");
  });
});
