import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { settingsNotes } from "#config/notes";
import { deepMerge, type Mapping } from "#lib/merge";
import { SettingsError } from "#lib/settings";
import { pageQueries } from "#page/stack/queries";
import { runSettings, shared } from "../support/program.js";
import { plain } from "../support/pulumi.js";
import { secretFilesIn } from "../support/secret-lines.js";

const base = {
  environment: "local",
  app: {
    name: "shop",
    image: "shop:1.0",
    metrics: {},
    health: { path: "/up", readyPath: "/ready" },
  },
  backup: { enabled: false },
  secrets: { PASSWORD: { generate: { length: 32 } }, MAYBE: { optional: true } },
  proxy: { domains: ["localhost"], tls: { mode: "off" } },
  monitoring: { enabled: true },
};
const settings = (...more: object[]) =>
  settingsFrom(more.reduce<Mapping>((all, each) => deepMerge(all, each as Mapping), base));
const on = { monitoring: { page: { path: "/status/", passwordSecret: "PASSWORD" } } };
const jobs = { tidy: { schedule: "5 * * * *", command: ["tidy"], timeZone: "Europe/Berlin" } };
const name = "shop-test-page";

describe("the status page", () => {
  const run = shared(() => runSettings(settings(on, { jobs })));

  it("is not there unless the settings say so, and monitoring has nothing of it then", async () => {
    const off = await runSettings(settings());
    expect(off.names.filter((each) => each.includes("page"))).toEqual([]);
    expect(off.inputs("shop-test-monitoring")["envs"]).not.toContain("PAGE=1");
    expect(off.inputs("shop-test-proxy-route")["stdin"]).not.toContain("status-page");
  });

  it("has a folder to read, a name on one network, and nothing else", async () => {
    const inputs = (await run()).inputs(name);
    expect(inputs).toMatchObject({
      user: "10006:10006",
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      memory: 128,
      memorySwap: 128,
      networksAdvanced: [{ name: "shop-test-edge-1234567", aliases: ["status-page"] }],
      volumes: [{ volumeName: "shop-test-page", containerPath: "/facts", readOnly: true }],
    });
    expect(inputs["ports"]).toBeUndefined();
    const { name: of, ...page } = JSON.parse(
      String((inputs["envs"] as string[])[0]).replace("PAGE=", ""),
    ) as Mapping;
    expect(of).toBe("shop-test");
    expect(page).toEqual({
      url: "http://localhost",
      public: false,
      jobs: { tidy: "5 * * * * (Europe/Berlin)" },
      dumpsAlone: false,
    });
  });

  it("is written by monitoring, which gets its queries and alone may write", async () => {
    const monitoring = (await run()).inputs("shop-test-monitoring");
    expect(monitoring["envs"]).toContain("PAGE=1");
    expect(monitoring["volumes"]).toContainEqual({
      volumeName: "shop-test-page",
      containerPath: "/page",
      readOnly: false,
    });
    const filled = (await run()).inputs("shop-test-monitoring-secrets-fill")["stdin"];
    const queries = pageQueries({ prefix: "shop-test", database: "shop_local" });
    const file = secretFilesIn(plain(filled))["page.json"];
    expect(JSON.parse(file ?? "")).toEqual(queries);
    const volume = (await run()).get("shop-test-monitoring-page");
    expect(volume.options.retainOnDelete).toBe(false);
  });

  it("learns of each release after its end, by way of monitoring", async () => {
    const step = (await run()).inputs(`${name}-releases`);
    expect(step["create"]).toMatch(/ page-releases$/);
    const route = (await run()).inputs("shop-test-proxy-route")["environment"] as Mapping;
    const environment = step["environment"] as Mapping;
    expect(environment["RELEASE"]).toBe(route["RELEASE"]);
    expect(environment["MONITORING"]).toMatch(/^shop-test-monitoring/);
    expect((await run()).before(`${name}-releases`)).toContain("shop-test-proxy-route");
  });

  it("is asked for its password by the proxy, as every private path", async () => {
    const config = String((await run()).inputs("shop-test-proxy-route")["stdin"]);
    expect(config).toContain("acl private-1 var(txn.path) -m beg -i /status/ /status.\n");
    expect(config).toMatch(/return status 401 .* if private-1 !password-1 !from-inside/);
    expect(config).not.toContain("PASSWORD");
  });

  it("is seen to start before it takes the place of the one before", async () => {
    expect((await run()).before(name)).toContain(`${name}-trial`);
  });

  it("that is public knows no schedule, and asks nobody", async () => {
    const open = { monitoring: { page: { path: "/status", public: true } } };
    const shown = await runSettings(settings(open, { jobs }));
    expect(String((shown.inputs(name)["envs"] as string[])[0])).toContain('"jobs":{}');
    const config = String(shown.inputs("shop-test-proxy-route")["stdin"]);
    expect(config).toContain("use_backend status-page");
    expect(config).not.toContain("acl private-1");
  });
});

describe("notes on the settings", () => {
  it("name the page where Docker hides the addresses that it is shown to", () => {
    const shown = {
      monitoring: { page: { path: "/status", allow: ["2001:db8::/32"] } },
      proxy: { bind: ["0.0.0.0", "::"] },
    };
    expect(settingsNotes(settings(shown))).toEqual([
      expect.stringMatching(/^proxy\.bind\[1\]: .*; monitoring\.page sees one client there$/),
    ]);
  });
});

describe("settings of the status page", () => {
  const problems = (page: object, more: object = {}): readonly string[] => {
    try {
      settings({ monitoring: { page } }, more);
    } catch (error) {
      if (error instanceof SettingsError) return error.problems;
      throw error;
    }
    return [];
  };
  const shown = { path: "/status", public: true };
  const locked = { path: "/status", passwordSecret: "PASSWORD" };

  it.each([
    ["a public one", shown, {}, []],
    ["one for a password", locked, {}, []],
    ["one for addresses", { path: "/status", allow: ["10.0.0.0/8"] }, {}, []],
    [
      "monitoring that is off",
      shown,
      { monitoring: { enabled: false } },
      ["monitoring.page: is set, and monitoring.enabled is false; set that to true, or remove it"],
    ],
    [
      "nobody who may see it",
      { path: "/status" },
      {},
      ["monitoring.page: says nobody who may see it; set passwordSecret, allow or public"],
    ],
    [
      "two kinds of readers",
      { ...shown, passwordSecret: "PASSWORD" },
      {},
      ["monitoring.page: has passwordSecret and public; keep one of them"],
    ],
    [
      "everybody by their addresses",
      { path: "/status", allow: ["10.0.0.0/8", "::/0"] },
      {},
      [
        "monitoring.page.allow[1]: lets everybody in; name your own addresses, or set public instead",
      ],
    ],
    [
      "the whole site",
      { ...shown, path: "/" },
      {},
      ["monitoring.page.path: is the whole site; name a path of its own"],
    ],
    [
      "a path that is none",
      { ...shown, path: "status page" },
      {},
      [
        'monitoring.page.path: "status page" is not the beginning of a path; write it as clients do, such as /auth: without spaces, // and dots alone',
      ],
    ],
    [
      "the path by which the app is judged",
      { ...shown, path: "/ready/" },
      {},
      ["monitoring.page.path: is that of app.health.readyPath as well; choose another path"],
    ],
    [
      "the path of a service's route",
      shown,
      {
        services: { web: { command: ["serve"], port: 8000, routes: [{ path: "/status" }] } },
      },
      ["monitoring.page.path: is that of services.web.routes[0].path as well; choose another path"],
    ],
    [
      "a path that the proxy denies",
      { ...shown, path: "/Admin/status" },
      { proxy: { privatePaths: [{ path: "/admin", deny: true }] } },
      [
        "monitoring.page.path: is below proxy.privatePaths[0], which denies it; choose another path, or change that entry",
      ],
    ],
    [
      "two passwords at once",
      locked,
      { proxy: { privatePaths: [{ path: "/", passwordSecret: "MAYBE" }] } },
      [
        "monitoring.page.path: is below proxy.privatePaths[0], which has another password; choose another path, or change that entry",
      ],
    ],
    [
      "the same password, and neighbours of the path",
      locked,
      {
        proxy: {
          privatePaths: [
            { path: "/", passwordSecret: "PASSWORD" },
            { path: "/stat", deny: true },
          ],
        },
      },
      [],
    ],
    [
      "a password that is not there",
      { path: "/status", passwordSecret: "PASSWRD" },
      {},
      [
        'monitoring.page.passwordSecret: "PASSWRD" is not in secrets; add secrets.PASSWRD, or correct it',
      ],
    ],
    [
      "a service of the container's name",
      shown,
      { services: { "status-page": { command: ["work"] } } },
      ["services.status-page: is the host name of another container; give it another name"],
    ],
  ])("have the problems of %s", (_what, page, more, expected) => {
    expect(problems(page, more)).toEqual(expected);
  });
});
