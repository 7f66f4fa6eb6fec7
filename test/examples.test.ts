import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stackFileSettings } from "#config";
import { root } from "./support/root.js";

const projects = ["close-the-loop", "orders", "own-resources", "rachel-web", "syncal", "waxwatch"];
const stacks = projects.flatMap((project) =>
  readdirSync(join(root, "examples", project))
    .flatMap((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .map((stack) => [project, stack] as const),
);

describe("the projects of examples/", () => {
  it.each(stacks)("%s: Pulumi.%s.yaml is right", (project, stack) => {
    const { environment } = stackFileSettings(join(root, "examples", project), stack);
    expect(environment).toBe(stack === "staging" ? "preview" : stack);
  });

  it.each(projects.filter((project) => project !== "own-resources"))(
    "%s is there for production, too",
    (project) => {
      expect(stacks).toContainEqual([project, "prod"]);
    },
  );
});
