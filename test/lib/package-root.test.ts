import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromProject, packageRoot } from "#lib/package-root";
import { projectAbove } from "#lib/project-root";
import { root } from "../support/root.js";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "keelson-package-")));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A package manager's link to this package. */
function link(directory: string, target = packageRoot): void {
  mkdirSync(join(directory, "node_modules"), { recursive: true });
  symlinkSync(target, join(directory, "node_modules", "keelson"));
}

describe("fromProject", () => {
  const step = (project: string) => fromProject("bin/step.mjs", project);

  it("is the file's own path in a checkout, which is its own project", () => {
    expect(step(root)).toBe("bin/step.mjs");
  });

  it("names an installed package as the project finds it, wherever its files are kept", () => {
    link(folder);
    expect(step(folder)).toBe("node_modules/keelson/bin/step.mjs");
  });

  it("finds the package of a workspace above the project", () => {
    link(folder);
    expect(step(join(folder, "apps", "deploy"))).toBe("../../node_modules/keelson/bin/step.mjs");
  });

  it("takes no other package of that name for this one", () => {
    link(folder, dirname(packageRoot));
    expect(step(folder)).toBe(join(relative(folder, packageRoot), "bin/step.mjs"));
  });
});

describe("projectAbove", () => {
  it("is the nearest folder with a Pulumi.yaml", () => {
    expect(projectAbove(join(root, "lib"))).toBe(root);
    expect(projectAbove(join(root, "test/engine/fixtures/program"))).toBe(
      join(root, "test/engine/fixtures/program"),
    );
    expect(projectAbove(folder)).toBeUndefined();
  });
});
