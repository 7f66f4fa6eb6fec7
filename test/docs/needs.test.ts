import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeSpans, documentAt, documents } from "../support/documents.js";
import { root } from "../support/program.js";

/** One need of one of the systems. */
interface Need {
  readonly id: string;
  readonly state: string;
  /** Where it is and what shows it, or what is missing. */
  readonly where: string;
}

const ledger = "docs/reference/needs.md";
const text = documentAt(ledger);
const needs = needsIn(text);
const rooms =
  "bin|cli|components|config|docs|engine|images|lib|monitoring|program|release|scripts|test|workload";
const file = new RegExp(`^(?:(?:${rooms}|\\.github)/[\\w./-]*|[\\w-]+\\.(?:test\\.)?(?:ts|mjs))$`);

describe("the ledger of needs", () => {
  it("has every need once, and counts them", () => {
    expect(needs.length).toBe(246);
    expect(new Set(needs.map(({ id }) => id)).size).toBe(needs.length);
    const count = (state: string) => String(needs.filter((each) => each.state === state).length);
    expect(text).toContain(
      `**246 needs: ${count("DONE")} DONE, ${count("PART")} PART, ${count("NO")} NO.**`,
    );
  });

  it("knows three states", () => {
    expect([...new Set(needs.map(({ state }) => state))].sort()).toEqual(["DONE", "NO", "PART"]);
  });

  it("names a test for each need that is done", () => {
    const done = needs.filter(({ state }) => state === "DONE");
    expect(done.filter(({ where }) => testsIn(where).length === 0)).toEqual([]);
  });

  it("names tests by titles that they have", () => {
    const named = needs.flatMap(({ id, where }) =>
      titlesIn(where).map((each) => ({ id, ...each })),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ path, title }) => !hasTitle(path, title))).toEqual([]);
  });
});

describe("files that pages name", () => {
  // What was is not what is; a file below engine/ is named from there.
  const pages = documents().filter(
    ({ path }) =>
      path.startsWith("docs/architecture/") || path.startsWith("docs/guide/") || path === ledger,
  );

  it.each(pages.map((page) => [page.path, page.text] as const))("of %s exist", (_, page) => {
    const missing = codeSpans(page).filter((span) => file.test(span) && !isThere(span));
    expect(missing).toEqual([]);
  });

  it("are many", () => {
    expect(
      pages.flatMap((page) => codeSpans(page.text)).filter((span) => file.test(span)).length,
    ).toBeGreaterThan(300);
  });
});

describe("the fault table", () => {
  const rows = [...documentAt("docs/architecture/faults.md").matchAll(/^\| (\d+) +\|(.*)\|$/gm)];

  it("has a row for each number from 1 to 58, in order", () => {
    expect(rows.map(([, number]) => Number(number))).toEqual(
      Array.from({ length: 58 }, (_, index) => index + 1),
    );
  });

  it("names every test that says a number of it", () => {
    const files = [
      ...["restore", "offsite", "upgrade"].map((name) => `test/e2e/${name}.test.ts`),
      ...["backup", "damage", "jobs", "postgres", "repository", "watch"].map(
        (name) => `test/e2e/images/${name}.test.ts`,
      ),
      "test/e2e/prod/destroying.ts",
    ];
    const said = files.flatMap((path) => numbersIn(path).map((number) => ({ path, number })));
    expect(said.length).toBeGreaterThan(30);
    const lost = said.filter(
      ({ path, number }) => !rows.some(([, row, rest]) => row === number && rest?.includes(path)),
    );
    expect(lost).toEqual([]);
  });
});

function needsIn(page: string): Need[] {
  return [...page.matchAll(/^\| ([A-Z]{3}-\d{2}) \| .*? \| +(\w+) +\| (.*) \|$/gm)].map(
    ([, id = "", state = "", where = ""]) => ({ id, state, where }),
  );
}

function testsIn(where: string): string[] {
  return codeSpans(where).filter((span) => span.startsWith("test/"));
}

/** A test's file with a title after it: `file` "title", "title". */
function titlesIn(where: string): { path: string; title: string }[] {
  return [...where.matchAll(/`(test\/[\w./-]+)`((?:,? "[^"]+")+)/g)].flatMap(
    ([, path = "", titles = ""]) =>
      [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ path, title })),
  );
}

function hasTitle(path: string, title: string): boolean {
  const source = readFileSync(join(root, path), "utf8");
  return title.split("…").every((part) => source.includes(part.trim()));
}

function isThere(path: string): boolean {
  return existsSync(join(root, path));
}

/** Numbers at the beginning of a test's title: `it("41: …`. */
function numbersIn(path: string): string[] {
  const source = readFileSync(join(root, path), "utf8");
  const titles = source.matchAll(/(?:\(|^ +)["`](\d{1,2}): /gm);
  return [...new Set([...titles].map(([, number = ""]) => number))];
}
