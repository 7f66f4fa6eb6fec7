import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./support/root.js";

const rooms = ["cli", "components", "config", "engine", "lib", "program", "release", "workload"];
const sources = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(root, room, file), "utf8")),
);

/** Paths in the package that the code reads: whole, or up to the part that is not known before it runs. */
const read = sources
  .flatMap((text) => [...text.matchAll(/ofPackage\(([^)]*)\)/g)])
  .map(([, args = ""]) => /^(?:"[^"]*"(?:, )?)*/.exec(args)?.[0] ?? "")
  .map((literals) => [...literals.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join("/"))
  .filter((path) => path !== "");

const listed = JSON.parse(
  execFileSync("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }),
) as { files: { path: string }[] }[];
const files = (listed[0]?.files ?? []).map(({ path }) => path);

describe("the package", () => {
  it("has every file of Keelson's own that the code reads", () => {
    expect(read).toContain("monitoring");
    expect(read.length).toBeGreaterThan(8);
    const missing = read.filter(
      (path) => !files.some((file) => file === path || file.startsWith(`${path}/`)),
    );
    expect(missing).toEqual([]);
  });

  it("has the shipped rules and the dashboard, and none of their tests", () => {
    expect(files.filter((file) => file.startsWith("monitoring/")).sort()).toEqual([
      "monitoring/keelson.rules.yml",
      "monitoring/stack.dashboard.json",
      "monitoring/stack.rules.yml",
    ]);
  });
});
