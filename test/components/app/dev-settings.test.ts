import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildProblems } from "#components/app/build-problems";
import { settingsFrom } from "#config";

const app = (dev: object, more: object = {}) => ({ name: "shop", image: "shop:1", dev, ...more });
const mounts = [{ source: "../src", path: "/app/src" }];

describe("app.dev", () => {
  it("is for the environment local alone, and for this machine", () => {
    const prod = {
      environment: "prod",
      app: app({ mounts }),
      proxy: { domains: ["a.example.com"] },
    };
    expect(() => settingsFrom(prod)).toThrow(
      "app.dev: is for work on the app, and the environment is prod; set it in Pulumi.local.yaml alone",
    );
    const docker = { host: "ssh://deploy@www.example.com" };
    expect(() => settingsFrom({ environment: "local", app: app({ mounts }), docker })).toThrow(
      "app.dev: mounts folders of this machine, and docker.host is ssh://deploy@www.example.com; remove one of them",
    );
  });

  it.each([
    ["/tmp", "is /tmp, which is in memory already"],
    ["/run/secrets", "is the folder of the app's secrets"],
    ["/data", "path /data is already taken by app.volumes[0].path"],
  ])("is refused at %s", (path, text) => {
    const at = app(
      { mounts: [{ source: ".", path }] },
      { volumes: [{ name: "data", path: "/data" }] },
    );
    expect(() => settingsFrom({ environment: "local", app: at })).toThrow(text);
  });

  describe("in a project", () => {
    let root = "";
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), "keelson-dev-"));
      mkdirSync(join(root, "deploy"));
    });
    afterEach(() => {
      rmSync(root, { recursive: true });
    });

    it("names a folder of sources that is not there: Docker would make it", () => {
      const settings = settingsFrom({ environment: "local", app: app({ mounts }) });
      const project = join(root, "deploy");
      expect(buildProblems(settings, project)).toEqual([
        "app.dev.mounts[0].source: there is no folder ../src in the project's folder; name the folder of the sources",
      ]);
      mkdirSync(join(root, "src"));
      expect(buildProblems(settings, project)).toEqual([]);
    });
  });
});
