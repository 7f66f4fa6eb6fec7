import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { containerType } from "#cli/engines/runner";
import { releaseOf } from "#components/release/inputs";
import { releaseSettings } from "#components/release/settings";
import { settingsFrom } from "#config";
import type { Site } from "#workload/release";
import { runSettings } from "../../support/program.js";
import { plain, valueOf } from "../../support/pulumi.js";

const deployed = { version: "2.1", gitSha: "abc1234" };
const smoke = [{ path: "/version", json: { version: "$version", "a.0": "$price", n: 1 } }];
const site: Site = { host: "shop.com", scheme: "https", port: 3000, readyPath: "/ready" };

const question = {
  path: "/version",
  method: "GET",
  headers: {},
  secretHeaders: {},
  answerHeaders: {},
  retries: 0,
  status: [200],
  retryPauseSeconds: 1,
};

/** The release steps of a stack with such settings. */
async function steps(
  release: object,
  more: { replicas?: number; proxy?: object; health?: object } = {},
) {
  const { replicas = 1, proxy = {}, health = {} } = more;
  const app = { name: "shop", image: "shop:1.0", replicas, health };
  const run = await runSettings(settingsFrom({ environment: "local", app, release, proxy }));
  const step = (name: string) => plain(run.inputs(`shop-test-${name}`)["create"]);
  const environment = (name: string) =>
    plain(run.inputs(`shop-test-${name}`)["environment"]) as Readonly<Record<string, string>>;
  return { run, step, environment };
}

const labels = (workload: string) =>
  ["managed-by=keelson", "project=shop", "stack=test", `workload=${workload}`]
    .map((label) => `--filter label=dev.keelson.${label}`)
    .join(" ");

describe("releaseOf", () => {
  const of = (settings: object) => releaseOf(releaseSettings.parse(settings), deployed, site);

  it("puts what is deployed in the place of its names, and of nothing else", () => {
    expect(JSON.parse(of({ smoke }).smoke ?? "")).toEqual({
      timeout: 30,
      checks: [{ ...question, json: { version: "2.1", "a.0": "$price", n: 1 } }],
    });
  });

  it("puts it into a text as well, and statuses into a list", () => {
    const text = "v$version ($gitSha) $versions";
    const [{ text: got, status }] = (
      JSON.parse(of({ smoke: [{ path: "/", status: [200, 301], text }] }).smoke ?? "") as {
        checks: [{ text: string; status: number[] }];
      }
    ).checks;
    expect([got, status]).toEqual(["v2.1 (abc1234) $versions", [200, 301]]);
  });

  it("hands over the secrets that the smoke test names, and those alone", async () => {
    const named = releaseSettings.parse({
      smoke: [{ path: "/", secretHeaders: { Authorization: "TOKEN" } }],
    });
    const values = { TOKEN: pulumi.secret("t0ken"), OTHER: "other" };
    const { smoke: checks, smokeSecrets } = releaseOf(named, deployed, site, values);
    expect(checks).not.toContain("t0ken");
    expect(await pulumi.isSecret(pulumi.output(smokeSecrets))).toBe(true);
    expect(await valueOf(pulumi.output(smokeSecrets))).toBe('{"TOKEN":"t0ken"}');
  });

  it("watches and drains for half a minute where nothing is said, and asks nothing", () => {
    expect(of({})).toEqual({
      site,
      drainSeconds: 30,
      keepImages: 5,
      watch: { window: "30s", seconds: 30, minRequests: 20, maxErrorShare: 0.05 },
    });
  });

  it("watches latency where the settings have a limit, in seconds", () => {
    const watch = { latency: { limit: "500ms" } };
    expect(of({ watch })).toMatchObject({
      watch: { seconds: 30, latency: { seconds: 0.5, maxShare: 0.05 } },
    });
  });

  it("does not watch where the window is null", () => {
    expect(of({ watch: { window: null } })).not.toHaveProperty("watch");
  });
});

describe("the steps of a release", () => {
  it("are a process of ours each, without a word of shell of their own", async () => {
    const { step } = await steps({ smoke });
    const names = [
      "app-begin",
      "app-image-fits",
      "app-ready",
      "app-smoke",
      "proxy-route",
      "proxy-ready",
    ];
    expect(names.map(step)).toEqual(
      ["begin", "image", "ready", "smoke", "switch", "ready-alone"].map(
        (name) => `exec node bin/step.mjs ${name}`,
      ),
    );
  });

  it("know how the public asks for the app, and by which label the proxy is found", async () => {
    const { environment } = await steps(
      { smoke },
      { proxy: { domains: ["shop.com"], tls: { mode: "self-signed" } } },
    );
    const asked = { SITE_HOST: "shop.com", SITE_SCHEME: "https", APP_PORT: "3000" };
    for (const name of ["app-ready", "app-smoke", "proxy-route"]) {
      expect(environment(name)).toMatchObject({ ...asked, PROXY_FILTERS: labels("proxy") });
    }
    for (const name of ["app-begin", "app-image-fits"]) {
      expect(environment(name)).toMatchObject({ PROXY_FILTERS: labels("proxy") });
    }
    expect(environment("app-image-fits")).toMatchObject({ IMAGE: "shop:1.0", BUILT: "no" });
    expect(environment("proxy-ready")).toMatchObject({
      CONTAINER: "shop-test-proxy-id",
      SIBLINGS: labels("proxy"),
      PIDS: "100",
      TIMEOUT: "60",
    });
  });

  it("ask the new container before the switch, and through the proxy after it", async () => {
    const { run, environment } = await steps({ smoke });
    const { CHECKS = "", ...asked } = environment("app-smoke");
    expect(JSON.parse(CHECKS)).toEqual({
      timeout: 30,
      checks: [{ ...question, json: { "a.0": "$price", n: 1, version: "1.2.3" } }],
    });
    expect(asked).toMatchObject({ CONTAINERS: "shop-test-app-1234567" });
    expect(asked).not.toHaveProperty("SMOKE_SECRETS");
    expect(environment("proxy-route")).toEqual({
      PROXY_FILTERS: labels("proxy"),
      RELEASE: expect.stringMatching(/^ [0-9a-f]{16}$/) as string,
      SITE_HOST: "localhost",
      SITE_SCHEME: "http",
      APP_PORT: "3000",
      READY_PATH: "/health",
      PROXY: "shop-test-proxy-1234567",
      CONTAINERS: "shop-test-app-1234567",
      CHECKS,
      PUBLIC_URL: "http://localhost",
      THROUGH: "shop-test-proxy-1234567:8080",
      TLS_PREPARE: "",
      DRAIN: "30",
      KEEP_IMAGES: "5",
      PROXY_ID: "shop-test-proxy-id",
      WATCH: JSON.stringify({ window: "30s", minRequests: 20, maxErrorShare: 0.05, seconds: 30 }),
    });
    expect(run.before("shop-test-proxy-route")).toContain("shop-test-app-smoke");
  });

  it("take the app as ready where it says so, and as alive where it has no such path", async () => {
    const ready = (health: object) =>
      steps({}, { health }).then(({ environment }) => environment("app-ready")["READY_PATH"]);
    expect(await ready({ path: "/live", readyPath: "/ready" })).toBe("/ready");
    expect(await ready({ path: "/live" })).toBe("/live");
  });

  it("leave out what the settings do not ask for", async () => {
    const { run, environment } = await steps({ watch: { window: null } });
    expect(run.names.filter((name) => name.endsWith("-smoke"))).toEqual([]);
    expect(Object.keys(environment("proxy-route"))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(WATCH|CHECKS)$/)]),
    );
  });
});

describe("the steps of a release of several instances", () => {
  const names = ["shop-test-app", "shop-test-app-2"];

  it("start each alongside the old ones, and look at the health of all at once", async () => {
    const { run, environment } = await steps({}, { replicas: 2 });
    for (const name of names) {
      const [container] = run.ofType(containerType).filter((each) => each.name === name);
      expect(container?.options.deleteBeforeReplace).toBe(false);
      expect(container?.inputs["wait"]).toBe(false);
    }
    expect(environment("app-ready")).toMatchObject({
      CONTAINERS: "shop-test-app-id shop-test-app-2-id",
    });
  });

  it("ask each of them before any of them is switched to", async () => {
    const { run, environment } = await steps({ smoke }, { replicas: 2 });
    const CONTAINERS = names.map((name) => `${name}-1234567`).join(" ");
    expect(environment("app-smoke")).toMatchObject({ CONTAINERS });
    expect(environment("proxy-route")).toMatchObject({ CONTAINERS });
    expect(run.before("shop-test-proxy-route")).toContain("shop-test-app-smoke");
    expect(run.stackOutputs["containers"]).toMatchObject({
      app: "shop-test-app-1234567",
      apps: ["shop-test-app-1234567", "shop-test-app-2-1234567"],
    });
  });
});
