import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { stackFileSettings } from "#config";
import { writtenSections } from "#config/stack-file";
import { problemsOf } from "../support/problems.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-stack-file-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A project and one of its stacks, with what their files have under `config`. */
function project(name: string, shared: object, own: object): string {
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name, config: shared }));
  const file = join(folder, "Pulumi.prod.yaml");
  writeFileSync(file, stringify({ config: own }));
  return file;
}

const app = { name: "shop", image: "shop:1" };
const defaults = { value: { app } };

describe("writtenSections", () => {
  it("are those under keelson:, in a project of any name; its own settings and other packages' are not", () => {
    const shared = { "keelson:defaults": defaults, region: "eu", "aws:region": "eu" };
    const own = { "keelson:environment": "prod", "shop:redis": "mine", region: "us" };
    const file = project("shop", shared, own);
    expect(writtenSections(folder, file)).toEqual({
      project: { defaults: { app } },
      stack: { environment: "prod" },
    });
    expect(stackFileSettings(folder, "prod").app.name).toBe("shop");
  });

  it("have no need of the name in the project keelson, as Pulumi has it", () => {
    const file = project("keelson", { defaults }, { environment: "prod", "keelson:app": app });
    expect(writtenSections(folder, file)).toEqual({
      project: { defaults: { app } },
      stack: { environment: "prod", app },
    });
  });

  it.each([["defaults"], ["shop:defaults"]])("refuse %s in a project of another name", (key) => {
    const file = project("shop", { [key]: defaults }, { "keelson:environment": "prod" });
    expect(problemsOf(() => writtenSections(folder, file))).toEqual([
      `${key}: is a setting of the project shop, which Keelson does not read; write it as keelson:defaults`,
    ]);
  });

  it("refuse a file with all of Keelson's sections under the project's name", () => {
    const file = project("shop", {}, { "shop:app": app, environment: "prod", region: "eu" });
    expect(problemsOf(() => writtenSections(folder, file))).toEqual([
      "shop:app: is a setting of the project shop, which Keelson does not read; write it as keelson:app",
      "environment: is a setting of the project shop, which Keelson does not read; write it as keelson:environment",
    ]);
  });
});
