import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { anchors, documentAt, documents, linkTargets } from "../support/documents.js";
import { root } from "../support/program.js";

const all = documents();

describe("links between pages", () => {
  it("are read from every page", () => {
    expect(all.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["README.md", "engine/README.md", "docs/guide/release.md"]),
    );
    expect(all.flatMap(({ text }) => linkTargets(text)).length).toBeGreaterThan(120);
  });

  it.each(all.map(({ path, text }) => [path, text] as const))(
    "of %s lead to a file and a heading",
    (path, text) => {
      const broken = linkTargets(text).filter((target) => isBroken(path, target));
      expect(broken).toEqual([]);
    },
  );
});

describe("a link", () => {
  it.each([
    ["to a file that is not there", "no-such-page.md", true],
    ["to a heading that is not there", "#no-such-heading", true],
    ["to a heading of another page that is not there", "docs/README.md#no-such-heading", true],
    ["to a heading", "#start", false],
    ["to a heading of another page", "docs/guide/install.md#the-tests", false],
    ["to a web page", "https://example.com/a#b", false],
  ])("%s", (_, target, broken) => {
    expect(isBroken("README.md", target)).toBe(broken);
  });

  it("to a setting is made of its name", () => {
    expect(anchors("## `app.health.interval`\n\n## Twice\n\n## Twice\n")).toEqual([
      "apphealthinterval",
      "twice",
      "twice-1",
    ]);
  });
});

describe("pages", () => {
  it("of docs/ are each led to from the README or the index", () => {
    const from = (page: string) =>
      linkTargets(documentAt(page)).map((target) =>
        normalize(join(dirname(page), target.split("#")[0] ?? "")),
      );
    const known = new Set([
      ...["README.md", "docs/README.md", "docs/reference/settings/README.md"].flatMap(from),
      "docs/README.md",
    ]);
    const lost = all.map(({ path }) => path).filter((path) => path.startsWith("docs/"));
    expect(lost.filter((path) => !known.has(path))).toEqual([]);
  });

  it("begin with README, which has at most 10 KB", () => {
    expect(statSync(join(root, "README.md")).size).toBeLessThanOrEqual(10 * 1024);
  });
});

function isBroken(page: string, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return false;
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? page : normalize(join(dirname(page), file));
  if (!existsSync(join(root, path))) return true;
  return anchor !== undefined && !anchors(documentAt(path)).includes(anchor);
}
