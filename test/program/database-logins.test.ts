// Logins of the database's roles when their passwords are rotated: who gets which, and when one ends.
import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import type { Mapping } from "#lib/merge";
import { runSettings, shared } from "../support/program.js";
import type { Run } from "../support/pulumi.js";
import { secretFilesIn } from "../support/secret-lines.js";

const sections = {
  environment: "prod",
  app: { name: "shop", image: "shop:1", migrate: { command: ["migrate"] } },
  proxy: { tls: { mode: "off" } },
  monitoring: { enabled: true },
  backup: { passphraseSecret: "PASSPHRASE" },
  secrets: { PASSPHRASE: {} },
};
const environment = { PASSPHRASE: "a passphrase that is long enough" };
const withLogins = (logins: Mapping, more: Mapping = {}) =>
  runSettings(settingsFrom({ ...sections, database: { logins, more } }), { environment });

const never = shared(() => withLogins({}));
const underWay = shared(() => withLogins({ app: { rotation: 2, previous: true } }));
const done = shared(() => withLogins({ app: { rotation: 2 } }));
const again = shared(() => withLogins({ app: { rotation: 3, previous: true } }));

const ensured = (run: Run) => String(run.inputs("shop-test-database-ensure")["stdin"]);
const ofLogins = (run: Run) =>
  run.names.filter((each) => /-app-(password|login|logins)|ended-logins/.test(each));
const difference = (a: Run, b: Run) => b.names.filter((each) => !a.names.includes(each));
/** The files of a step that fills a volume with secrets. */
const files = (run: Run, step: string) => secretFilesIn(run.inputs(step)["stdin"]);

describe("a role's login", () => {
  it("that was never rotated is the role itself, and nothing besides", async () => {
    const run = await never();
    expect(ofLogins(run)).toEqual([
      "random:index/randomPassword:RandomPassword shop-test-database-app-password",
    ]);
    expect(run.names.filter((each) => each.includes("login"))).toEqual([]);
    // The same settings, written out.
    const written = await withLogins({ app: { rotation: 1, previous: false } });
    expect(written.names).toEqual(run.names);
  });

  it("that is rotated gets a second one, and the role stays as it was", async () => {
    const [before, run] = [await never(), await underWay()];
    expect(difference(before, run)).toEqual([
      "command:local:Command shop-test-database-app-login-2",
      "random:index/randomPassword:RandomPassword shop-test-database-app-password-2",
    ]);
    expect(difference(run, before)).toEqual([]);
    const masked = (of: Run) => ensured(of).replace(/PASSWORD '[^']*'/g, "PASSWORD");
    expect(masked(run)).toBe(masked(before));
    const login = run.inputs("shop-test-database-app-login-2");
    expect(login["stdin"]).toContain('GRANT "shop_prod_app" TO "shop_prod_app_2";');
    expect(login["environment"]).toMatchObject({
      DATABASE: "shop_prod",
      ROLE: "shop_prod_app",
      OWNER: "shop_prod_owner",
      LOGIN: "shop_prod_app_2",
    });
    expect(login["delete"]).toMatch(/ login-end$/);
  });

  it("is handed to the app, and made before the app starts", async () => {
    const run = await underWay();
    expect(files(run, "shop-test-app-secrets-fill")["DATABASE_URL"]).toMatch(
      /:\/\/shop_prod_app_2:/,
    );
    expect(files(run, "shop-test-app-migrate-secrets-fill")["DATABASE_URL"]).toMatch(
      /:\/\/shop_prod_migrator:/,
    );
    expect(run.before("shop-test-app-begin")).toContain("shop-test-database-app-login-2");
    expect(run.before("shop-test-database-app-login-2")).toContain("shop-test-database-ensure");
  });

  it("before ends once it is handed out no more: after all that was to get the new one", async () => {
    const run = await done();
    expect(ofLogins(run)).toEqual([
      "command:local:Command shop-test-database-app-login-2",
      "command:local:Command shop-test-database-app-logins-end",
      "keelson:components:EndedLogins shop-test-ended-logins",
      "random:index/randomPassword:RandomPassword shop-test-database-app-password-2",
    ]);
    expect(run.inputs("shop-test-database-app-logins-end")).toMatchObject({
      create: expect.stringMatching(/ logins-end$/) as string,
      environment: { KEPT: "shop_prod_app_2", ROLE: "shop_prod_app", OWNER: "shop_prod_owner" },
    });
    expect(run.before("shop-test-database-app-logins-end")).toEqual(
      expect.arrayContaining(["shop-test-proxy-route", "shop-test-monitoring", "shop-test-backup"]),
    );
    // Nothing that a release is made of changes.
    const secrets = "shop-test-app-secrets-fill";
    const url = (of: Run) => files(of, secrets)["DATABASE_URL"]?.replace(/:[^:@]*@/, "@");
    expect(url(run)).toBe(url(await underWay()));
    expect(ensured(run)).toContain(
      'ALTER ROLE "shop_prod_app" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;',
    );
  });

  it("is another one the next time", async () => {
    const run = await again();
    expect(ofLogins(run)).toEqual([
      "command:local:Command shop-test-database-app-login-2",
      "command:local:Command shop-test-database-app-login-3",
      "command:local:Command shop-test-database-app-logins-end",
      "keelson:components:EndedLogins shop-test-ended-logins",
      "random:index/randomPassword:RandomPassword shop-test-database-app-password-2",
      "random:index/randomPassword:RandomPassword shop-test-database-app-password-3",
    ]);
    expect(run.inputs("shop-test-database-app-logins-end")["environment"]).toMatchObject({
      KEPT: "shop_prod_app_3 shop_prod_app_2",
    });
  });

  it("of each other role goes to whoever has that role", async () => {
    const rotated = { rotation: 2, previous: true };
    const run = await withLogins({ migrator: rotated, backup: rotated, monitor: rotated });
    expect(String(run.inputs("shop-test-app-migrate")["stdin"])).toContain(
      "user=shop_prod_migrator_2",
    );
    const plain = await never();
    const variables = (of: Run) =>
      (of.inputs("shop-test-backup")["envs"] as string[])
        .filter((each) => /^PG.*USER/.test(each))
        .sort();
    expect([variables(plain), variables(run)]).toEqual([
      ["PGUSER=shop_prod_backup"],
      ["PGBACKREST_PG1_USER=shop_prod_backup_2", "PGUSER=shop_prod_backup_2"],
    ]);
    const monitoring = JSON.stringify(run.inputs("shop-test-monitoring"));
    expect(monitoring).toContain("shop_prod_monitor_2");
    // The server's container is not replaced for a login.
    const server = (of: Run) => of.inputs("shop-test-postgres");
    expect(server(run)).toEqual(server(plain));
  });

  it("of a further database is rotated as well", async () => {
    const more = { queue: { logins: { app: { rotation: 2 } } } };
    const run = await withLogins({}, more);
    expect(files(run, "shop-test-app-secrets-fill")["QUEUE_DATABASE_URL"]).toMatch(
      /:\/\/shop_prod_queue_app_2:.*\/shop_prod_queue$/,
    );
    expect(run.inputs("shop-test-database-queue-app-logins-end")["environment"]).toMatchObject({
      DATABASE: "shop_prod_queue",
      KEPT: "shop_prod_queue_app_2",
      OWNER: "shop_prod_queue_owner",
    });
  });
});

describe("settings of logins", () => {
  it.each([
    [
      { logins: { app: { previous: true } } },
      {},
      "database.logins.app.previous: true is for a login after the first, which has none before it; remove it; keelson secrets rotate makes another login, and sets it",
    ],
    [
      { externalUrlSecret: "DB", logins: { app: { rotation: 2 } } },
      { DB: {} },
      "database.logins.app: is set, and the database is external; remove it, and change the password in that server",
    ],
    [
      { more: { queue: { logins: { backup: { rotation: 2 } } } } },
      {},
      "database.more.queue.logins.backup: is not a setting",
    ],
  ])("that are wrong are refused: %j", (database, secrets, message) => {
    const wrong = { ...sections, secrets: { ...sections.secrets, ...secrets }, database };
    expect(() => settingsFrom(wrong)).toThrow(message);
  });
});
