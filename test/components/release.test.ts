import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execFile } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { releaseOf, releaseSettings } from "../../components/release-settings.js";
import { settingsFrom } from "../../config.js";
import { runSettings } from "../support/program.js";
import { plain } from "../support/pulumi.js";

const deployed = { version: "2.1", gitSha: "abc1234" };
const smoke = [{ path: "/version", json: { version: "$version", "a.0": "$price", n: 1 } }];

/** The release steps of a stack with such settings. */
async function steps(release: object) {
  const app = { name: "shop", image: "shop:1.0" };
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
    const order = ["release to app/app", "/smoke http://localhost", "watch app/app 30 20 0.05"];
    expect(run.inputs("shop-test-proxy-route")["environment"]).toMatchObject({ DRAIN: "30" });
    const places = [...order, 'drain "$old" "$DRAIN"'].map((each) => route.indexOf(each));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it("leave out what the settings do not ask for", async () => {
    const { run, script } = await steps({ watch: { window: null } });
    expect(run.names.filter((name) => name.endsWith("-smoke"))).toEqual([]);
    expect(script("proxy-route")).not.toMatch(/watch app|\/smoke/);
  });
});

describe("a step that fails", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keelson-gate-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Runs a script with a `docker` that answers by its first words; what was asked of it, and what came of it. */
  async function run(script: string, answers: string, env: NodeJS.ProcessEnv) {
    const fake = `#!/bin/sh\necho "$*" >>${folder}/asked\ncase "$*" in\n${answers}\nesac\n`;
    writeFileSync(join(folder, "docker"), fake, { mode: 0o755 });
    const PATH = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
    const [code, text] = await new Promise<[number, string]>((resolve) => {
      execFile("sh", ["-c", script], { env: { PATH, ...env } }, (error, _stdout, stderr) => {
        resolve([error === null ? 0 : Number(error.code), stderr]);
      });
    });
    return { code, text, asked: readFileSync(join(folder, "asked"), "utf8").split("\n") };
  }

  const sick = `*Running*) echo true;; *Health*) echo running/unhealthy;; *slice*) echo shop-1;;
    "logs "*) echo a last word;;`;
  const ready = { CONTAINER: "c1", PIDS: "9", TIMEOUT: "0" };

  it.each([
    ["stops the new container", 'echo "server app shop-0:3000"', true],
    ["leaves one alone that clients are on", 'echo "server app shop-1:3000"', false],
    ["leaves one alone while the proxy says nothing", "exit 1", false],
  ])("%s, and shows its log", async (_what, routes, stopped) => {
    const { script } = await steps({});
    const answers = `${sick} "ps "*) echo proxy;; "exec "*) ${routes};;`;
    const { code, text, asked } = await run(script("app-ready"), answers, ready);
    expect(code).toBe(1);
    expect(text).toContain("health: the container is running/unhealthy after 0 s, not healthy");
    expect(text).toContain("the last 50 log lines of shop-1:\na last word\n");
    expect(asked.includes("stop c1")).toBe(stopped);
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
    const { script } = await steps({});
    const { code, text } = await run(script("app-image-fits"), answers, image);
    expect([code, text]).toEqual([1, expect.stringMatching(message)]);
  });

  it("is not an image that fits", async () => {
    const { script } = await steps({});
    const answers = '"image inspect --format"*) echo arm64;; version*) echo arm64;;';
    expect((await run(script("app-image-fits"), answers, image)).code).toBe(0);
  });
});
