import { describe, expect, it } from "vitest";
import { containerType } from "../../cli/runner.js";
import { imageScript } from "../../components/app-release.js";
import { releaseOf, releaseSettings } from "../../components/release-settings.js";
import { settingsFrom } from "../../config.js";
import { gatedReadyScript } from "../../workload/instances.js";
import { step } from "../support/fake-docker.js";
import { runSettings } from "../support/program.js";
import { plain } from "../support/pulumi.js";

const deployed = { version: "2.1", gitSha: "abc1234" };
const smoke = [{ path: "/version", json: { version: "$version", "a.0": "$price", n: 1 } }];

/** The release steps of a stack with such settings. */
async function steps(release: object, replicas = 1) {
  const app = { name: "shop", image: "shop:1.0", replicas };
  const run = await runSettings(settingsFrom({ environment: "local", app, release }));
  const script = (name: string) => String(plain(run.inputs(`shop-test-${name}`)["create"]));
  return { run, script };
}

describe("releaseOf", () => {
  const of = (settings: object) => releaseOf(releaseSettings.parse(settings), deployed, "edge");

  it("puts what is deployed in the place of its names, and of nothing else", () => {
    const { checks } = JSON.parse(of({ smoke }).smoke?.input ?? "") as { checks: unknown };
    expect(checks).toEqual([
      { path: "/version", status: 200, json: { version: "2.1", "a.0": "$price", n: 1 } },
    ]);
  });

  it("watches and drains for half a minute where nothing is said, and asks nothing", () => {
    expect(of({})).toEqual({
      network: "edge",
      drainSeconds: 30,
      keepImages: 5,
      watch: { window: "30s", seconds: 30, minRequests: 20, maxErrorShare: 0.05 },
    });
  });

  it("does not watch where the window is null", () => {
    expect(of({ watch: { window: null } })).not.toHaveProperty("watch");
  });
});

describe("the steps of a release", () => {
  it("ask the new container before the switch, and through the proxy after it", async () => {
    const { run, script } = await steps({ smoke });
    expect(script("app-smoke")).toMatch(
      /\/smoke http:\/\/shop-test-app-1234567:3000; } >&2 \|\| give_up/,
    );
    const route = script("proxy-route");
    const order = ["at_proxy to app 60", "/smoke http://localhost", "watch app 30 20 0.05"];
    expect(run.inputs("shop-test-proxy-route")["environment"]).toMatchObject({ DRAIN: "30" });
    const places = [...order, 'drain app "$DRAIN" $old'].map((each) => route.indexOf(each));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it("leave out what the settings do not ask for", async () => {
    const { run, script } = await steps({ watch: { window: null } });
    expect(run.names.filter((name) => name.endsWith("-smoke"))).toEqual([]);
    expect(script("proxy-route")).not.toMatch(/watch app|\/smoke/);
  });
});

describe("the steps of a release of several instances", () => {
  const names = ["shop-test-app", "shop-test-app-2"];

  it("start each beside the old ones, and look at the health of all at once", async () => {
    const { run, script } = await steps({}, 2);
    for (const name of names) {
      const [container] = run.ofType(containerType).filter((each) => each.name === name);
      expect(container?.options.deleteBeforeReplace).toBe(false);
      expect(container?.inputs["wait"]).toBe(false);
    }
    expect(run.inputs("shop-test-app-ready")["environment"]).toMatchObject({
      CONTAINERS: "shop-test-app-id shop-test-app-2-id",
    });
    expect(script("app-ready")).toBe(gatedReadyScript);
    expect(script("app-image-fits")).toBe(imageScript);
  });

  it("ask each of them before any of them is switched to", async () => {
    const { run, script } = await steps({ smoke }, 2);
    const asked = [...script("app-smoke").matchAll(/\/smoke (http:\S+);/g)].map(([, url]) => url);
    expect(asked).toEqual(names.map((name) => `http://${name}-1234567:3000`));
    expect(run.inputs("shop-test-proxy-route")["environment"]).toMatchObject({
      CONTAINERS: names.map((name) => `${name}-1234567`).join(" "),
    });
    expect(run.stackOutputs["containers"]).toMatchObject({
      app: "shop-test-app-1234567",
      apps: ["shop-test-app-1234567", "shop-test-app-2-1234567"],
    });
  });
});

describe("a step that fails", () => {
  const sick = `*Running*) echo true;; *Health*) echo running/unhealthy;; *slice*) echo shop-1;;
    "logs "*) echo a last word;;`;
  const ready = { CONTAINERS: "c1", PIDS: "9", TIMEOUT: "0" };

  it.each([
    ["stops the new container", 'echo "server app shop-0:3000"', true],
    ["leaves one alone that clients are on", 'echo "server app shop-1:3000"', false],
    ["leaves one alone while the proxy says nothing", "exit 1", false],
  ])("%s, and shows its log", async (_what, routes, stopped) => {
    const answers = `${sick} "ps "*) echo proxy;; "exec "*) ${routes};;`;
    const { code, text, asked } = await step(gatedReadyScript, answers, ready);
    expect(code).toBe(1);
    expect(text).toContain("health: the container is running/unhealthy after 0 s, not healthy");
    expect(text).toContain("the last 50 log lines of shop-1:\na last word\n");
    expect(asked.includes("stop c1")).toBe(stopped);
  });

  it("stops all that was started, and shows the log of the one that failed", async () => {
    const answers = `*slice*c1) echo shop-1;; *slice*c2) echo shop-2;; *Running*) echo true;;
    *Health*c1) echo running/healthy;; *Health*c2) echo running/unhealthy;;
    "logs "*) echo a last word;; "ps "*) echo proxy;; "exec "*) echo "server app shop-0:3000";;`;
    const env = { ...ready, CONTAINERS: "c1 c2" };
    const { code, text, asked } = await step(gatedReadyScript, answers, env);
    expect(code).toBe(1);
    expect(asked.filter((each) => /^(logs|stop) /.test(each))).toEqual([
      ...["logs --tail 50 c2", "stop c1", "stop c2"],
    ]);
    expect(text).toContain("shop-1 is stopped; what served before goes on serving.");
  });

  it("asks a proxy that was restarting once more when it is back", async () => {
    // The second question is answered: the first has left a file beside this docker's.
    const answers = `"exec "*release*|"exec "*cat*) test -e "$0.back" && echo "server app shop-1:3000" || exit 1;;
    *StartedAt*) echo restarting;; *Health*proxy) touch "$0.back"; echo running/healthy;;
    ${sick} "ps "*) echo proxy;;`;
    const { code, text, asked } = await step(gatedReadyScript, answers, ready);
    expect([code, text]).toEqual([1, expect.stringContaining("once more when it is back")]);
    expect(text).toContain("shop-1 stays in service");
    expect(asked.filter((each) => / cat /.test(each))).toHaveLength(2);
  });

  const image = { IMAGE: "shop:1" };
  it.each([
    [
      "an image that is not to be had",
      '"image "*) exit 1;; "pull "*) exit 1;;',
      /shop:1 is neither/,
    ],
    [
      "an image of another architecture",
      '"image inspect --format"*) echo arm64;; version*) echo amd64;;',
      /shop:1 is for arm64 and the Docker host is amd64/,
    ],
  ])("names %s", async (_what, answers, message) => {
    const { code, text } = await step(imageScript, answers, image);
    expect([code, text]).toEqual([1, expect.stringMatching(message)]);
  });

  it("is not an image that fits", async () => {
    const answers = '"image inspect --format"*) echo arm64;; version*) echo arm64;;';
    expect((await step(imageScript, answers, image)).code).toBe(0);
  });
});
