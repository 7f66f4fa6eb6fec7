import { describe, expect, it } from "vitest";
import { passSmokeTest } from "#cli/commands/restore/smoke";
import type { Release } from "#cli/stack/releases";
import { settingsFrom } from "#config";
import type { Docker } from "#lib/docker";
import { FakeHaproxy, ok } from "../../../support/fake-haproxy.js";

const live = { result: "live", version: "7", gitSha: "abc" } as Release;
const settings = settingsFrom({
  environment: "local",
  app: { name: "shop", image: "shop:1" },
  secrets: { PROBE_TOKEN: {} },
  release: {
    smoke: [
      { path: "/version", json: { version: "$version" } },
      { path: "/orders", secretHeaders: { "X-Token": "PROBE_TOKEN" } },
    ],
  },
});

/** Two containers of the app, one of which does not run, and a proxy. */
const docker: Docker = (args) => {
  const containers = [
    { id: "a1", name: "shop-local-app-1a2b3c4", running: true },
    { id: "a2", name: "shop-local-app-2-1a2b3c4", running: false },
  ];
  const list = args.includes("label=dev.keelson.workload=proxy") ? "px" : "a1\na2";
  const stdout = args[0] === "ps" ? list : JSON.stringify(containers.map(inspected));
  return Promise.resolve({ code: 0, stdout, stderr: "" });
};

function inspected({ id, name, running }: { id: string; name: string; running: boolean }) {
  return {
    Id: id,
    Name: `/${name}`,
    State: { Running: running },
    Config: { Image: "image", Labels: { "dev.keelson.workload": "app" } },
    HostConfig: { RestartPolicy: { Name: "unless-stopped" }, PortBindings: null },
    NetworkSettings: { Networks: {} },
  };
}

/** Asks an app that answers so. */
function asked(answer: (url: string) => ReturnType<typeof ok>, more: object = {}) {
  const proxy = new FakeHaproxy();
  const urls: string[] = [];
  proxy.fetched = (url) => {
    urls.push(url);
    return answer(url);
  };
  const of = { docker, settings, stack: "local" };
  const secrets = () => Promise.resolve(JSON.stringify({ PROBE_TOKEN: "canary" }));
  const ended = passSmokeTest({ of, releases: [live], secrets, ...more }, proxy.converse);
  return { ended, urls };
}
const version = (text: string) => ok("200", JSON.stringify({ version: text }));

describe("the smoke test after a restore", () => {
  it("asks each container that runs, for the version that is live", async () => {
    const { ended, urls } = asked((url) => (url.endsWith("/version") ? version("7") : ok("200")));
    expect(await ended).toBe(2);
    expect(urls).toEqual([
      "http://shop-local-app-1a2b3c4:3000/version",
      "http://shop-local-app-1a2b3c4:3000/orders",
    ]);
  });

  it("ends with what is wrong, and no secret", async () => {
    const { ended } = asked((url) =>
      url.endsWith("/version") ? version("6") : ok("500", "no canary"),
    );
    await expect(ended).rejects.toThrow(
      /^its smoke test fails: shop-local-app-1a2b3c4: \/version answers 200 .* in which version is "6", not "7"; shop-local-app-1a2b3c4: \/orders answers 500 \(no \[secret\]\), not 200$/,
    );
  });

  it("asks nothing before a first release, nor where the settings have no smoke test", async () => {
    const without = {
      of: {
        docker,
        stack: "local",
        settings: { ...settings, release: { ...settings.release, smoke: [] } },
      },
    };
    for (const more of [{ releases: [] }, without]) {
      const { ended, urls } = asked(() => ok("500"), more);
      expect([await ended, urls]).toEqual([0, []]);
    }
  });
});
