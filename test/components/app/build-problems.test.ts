import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildProblems } from "#components/app/build-problems";
import { settingsFrom } from "#config";

const root = mkdtempSync(join(tmpdir(), "keelson-build-"));
mkdirSync(join(root, "app", "folder"), { recursive: true });
writeFileSync(join(root, "app", "Dockerfile"), "FROM scratch\n");
afterAll(() => {
  rmSync(root, { recursive: true });
});

const problems = (app: object) =>
  buildProblems(settingsFrom({ environment: "local", app: { name: "shop", ...app } }), root);

describe("buildProblems", () => {
  it("has nothing to say of a folder with its Dockerfile, nor where an image is named", () => {
    expect(problems({ build: { context: "app" } })).toEqual([]);
    expect(problems({ image: "shop:1" })).toEqual([]);
  });

  it.each([
    [
      { context: "nowhere" },
      "app.build.context: there is no folder nowhere in the project's folder; name the folder that the image is built from, or set app.image",
    ],
    [
      { context: "app/Dockerfile" },
      "app.build.context: there is no folder app/Dockerfile in the project's folder; name the folder that the image is built from, or set app.image",
    ],
    [
      { context: "app", dockerfile: "prod.Dockerfile" },
      "app.build.dockerfile: there is no file app/prod.Dockerfile in the project's folder; name the Dockerfile by its path in app.build.context, or set app.image",
    ],
    [
      { context: "app", dockerfile: "folder" },
      "app.build.dockerfile: there is no file app/folder in the project's folder; name the Dockerfile by its path in app.build.context, or set app.image",
    ],
  ])("names what is missing of %j", (build, sentence) => {
    expect(problems({ build })).toEqual([sentence]);
  });
});
