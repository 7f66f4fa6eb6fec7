// An image's context has all that its Dockerfile copies: a new script is not forgotten in a list of those let in.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { IgnoreRules } from "#lib/ignore-rules";
import { root } from "../support/root.js";

const folder = join(root, "images");
const names = readdirSync(folder, { withFileTypes: true })
  .filter((each) => each.isDirectory() && existsSync(join(folder, each.name, "Dockerfile")))
  .map(({ name }) => name);

const read = (name: string, file: string) => {
  const path = join(folder, name, file);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};

/** What a Dockerfile copies of its own folder. `images/build` puts the rest there. */
function copied(name: string): string[] {
  return read(name, "Dockerfile")
    .split("\n")
    .filter((line) => line.startsWith("COPY ") && !line.includes("--from="))
    .flatMap((line) => line.split(" ").slice(1, -1))
    .filter((file) => existsSync(join(folder, name, file)));
}

describe("the context of an image", () => {
  it("is looked at for all images", () => {
    expect(names.length).toBeGreaterThan(8);
    expect(names.flatMap(copied).length).toBeGreaterThan(40);
  });

  it.each(names)("has what the Dockerfile copies: %s", (name) => {
    const rules = new IgnoreRules(read(name, ".dockerignore"));
    const out = copied(name).filter((file) => file !== "." && rules.match(file, undefined).ignored);
    expect(out).toEqual([]);
  });
});
