// The status page that a stack serves: to whom it is shown, what it says, and that it is gone when it is switched off.
// @module-tag long
import axe, { type AxeResults } from "axe-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takePorts } from "../support/claims.js";
import { browserPath, noBrowser, startBrowser } from "../support/chromium.js";
import { buildImage, docker } from "../support/docker.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const password = "canary-of-a-password-31";
const others = { KEY: "canary-of-a-key-77", HOOK: "http://127.0.0.1:9/canary-of-a-hook-12" };
const page = { path: "/status", passwordSecret: "PASSWORD" };
const stack = new Stack("test-page", {
  app: { name: "page", secrets: ["KEY"], health: { startPeriod: "1s" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  jobs: { tidy: { schedule: "* * * * *", command: ["node", "--eval", "0"] } },
  secrets: { PASSWORD: {}, KEY: {}, HOOK: {} },
  monitoring: { enabled: true, alerts: { webhook: { urlSecret: "HOOK" } }, page },
});

beforeAll(async () => {
  await stack.sweep();
  stack.environment = { PASSWORD: password, ...others };
  await stack.up();
});
afterAll(() => stack.remove());

const login = `Basic ${Buffer.from(`anybody:${password}`).toString("base64")}`;
const address = (path: string) => `http://localhost:${String(ports.http)}${path}`;

async function get(path: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(address(path), { headers, redirect: "manual" });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** The page, once its answer is as it should be. */
async function seen(like: RegExp, headers: Readonly<Record<string, string>> = {}) {
  let text = "";
  await expect
    .poll(async () => (text = (await get("/status", headers)).text), {
      timeout: 90_000,
      interval: 1000,
    })
    .toMatch(like);
  return text;
}

const containerOf = async (workload: string) => {
  const args = ["--filter", `label=dev.keelson.workload=${workload}`, "--format", "{{.Names}}"];
  return (await docker(["ps", "--all", ...stack.filter, ...args])).split("\n")[0] ?? "";
};

describe("the status page of a stack", () => {
  it("is shown for its password alone, and the app's paths are what they were", async () => {
    for (const path of ["/status", "/status/", "/Status", "/%73tatus", "/status.html"]) {
      expect([path, (await get(path)).status]).toEqual([path, 401]);
    }
    expect((await get("/status", { authorization: "Basic YTpi" })).status).toBe(401);
    expect((await get("/statuses")).status).toBe(404);
    expect((await get("/")).text).not.toContain("Requests over a day");
  });

  it("says that the stack is up, which release is live, what runs and how it does", async () => {
    const text = await seen(/<h1 id="headline">page-test-page is up/, { authorization: login });
    expect(text).toContain(`HTTP 200`);
    expect(text).toMatch(/<dd class="figure">v1<\/dd>/);
    expect(text).toContain('<h2 id="database">Database</h2>');
    for (const name of ["app", "monitoring", "page", "postgres", "proxy"]) {
      expect(text).toMatch(new RegExp(`<th scope="row">\\s*${name}<span class="note"`));
    }
    expect(text.length).toBeLessThan(150 * 1024);
    expect(text).toContain("* * * * *");
    await seen(/<h2 id="backups">Backups<\/h2>/, { authorization: login });
    const { headers } = await get("/status/?a=b", { authorization: login });
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("is made by a container that has no secret, no socket of Docker and no way to Prometheus", async () => {
    const name = await containerOf("page");
    const inspected = await docker(["inspect", name]);
    const text = (await get("/status", { authorization: login })).text;
    const shown = [inspected, text, await docker(["logs", name]), stack.printed].join("\n");
    for (const secret of [password, ...Object.values(others)]) expect(shown).not.toContain(secret);
    expect(inspected).not.toContain("docker.sock");
    expect(await docker(["port", name])).toBe("");
    const mounts = await docker([
      "inspect",
      "--format",
      "{{range .Mounts}}{{.Destination}} {{.RW}};{{end}}",
      name,
    ]);
    expect(mounts.trim()).toBe("/facts false;");
    expect(await docker(["exec", name, "ls", "/facts"])).toBe("now.json\nover.json\nreleases.json");
  });

  it.skipIf(browserPath === undefined)(
    `pleases axe in a browser, and asks for nothing else${browserPath === undefined ? ` (skipped: ${noBrowser})` : ""}`,
    async () => {
      const browser = await startBrowser();
      try {
        const context = await browser.newContext({
          httpCredentials: { username: "anybody", password },
        });
        const tab = await context.newPage();
        const requests = new Set<string>();
        const complaints: string[] = [];
        tab.on("request", (each) => requests.add(each.url()));
        tab.on("pageerror", (each) => complaints.push(each.message));
        await tab.goto(address("/status"));
        expect(await tab.title()).toMatch(/^page-test-page is up/);
        await tab.evaluate(axe.source);
        const found = await tab.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
        expect(found.violations.map(({ id }) => id)).toEqual([]);
        expect([...requests]).toEqual([address("/status")]);
        expect(complaints).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    120_000,
  );

  it("is there in maintenance, and says so", async () => {
    await stack.must("maintenance", "on");
    expect((await get("/")).status).toBe(503);
    expect((await get("/status")).status).toBe(401);
    await seen(/page-test-page is in maintenance mode/, { authorization: login });
    await stack.must("maintenance", "off");
    await seen(/page-test-page is up/, { authorization: login });
  });

  it("follows a release without another container", async () => {
    const before = await containerOf("page");
    stack.configure({ app: { version: "0.0.1" } });
    await stack.up();
    await seen(/<dd class="figure">v2<\/dd>/, { authorization: login });
    expect(await containerOf("page")).toBe(before);
  });

  it("says that it is old where nothing new is written, and not that the site is up", async () => {
    await docker(["stop", await containerOf("monitoring")]);
    const text = await docker(["exec", await containerOf("page"), "cat", "/facts/now.json"]);
    const known = JSON.parse(text) as {
      at: number;
      figures: { probed: { value: [number, string] }[] };
    };
    const old = {
      ...known,
      at: known.at - 600,
      figures: {
        ...known.figures,
        probed: known.figures.probed.map((each) => ({
          ...each,
          value: [0, String(known.at - 600)],
        })),
      },
    };
    await docker(
      [
        ...["run", "--rm", "--interactive", "--network", "none", "--user", "10004:10004"],
        ...["--volume", "page-test-page-page:/page", "--entrypoint", "tee"],
        await buildImage("monitoring"),
        "/page/now.json",
      ],
      JSON.stringify(old),
    );
    const shown = await seen(/Whether page-test-page is up is not known/, { authorization: login });
    expect(shown).toContain("Monitoring has written nothing for 10 minutes");
    await docker(["start", await containerOf("monitoring")]);
    await seen(/page-test-page is up/, { authorization: login });
  });

  it("tells everybody no more than whether the site is up, where it is public", async () => {
    stack.replace({
      ...stack.settings,
      monitoring: { enabled: true, page: { path: "/status", public: true } },
    });
    await stack.up();
    const text = await seen(/page-test-page is up/);
    for (const each of ["Processes", "Database", "v2", "postgres"])
      expect(text).not.toContain(each);
  });

  it("is gone when it is switched off, and nothing is left to change", async () => {
    stack.replace({ ...stack.settings, monitoring: { enabled: true } });
    await stack.up();
    expect(await containerOf("page")).toBe("");
    expect((await stack.present()).volumes).not.toContain("page-test-page-page");
    expect((await get("/status")).status).toBe(404);
    expect((await stack.up()).changes).toMatchObject({ create: 0, update: 0, delete: 0 });
  });
});
