import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { settingsFrom } from "#config";
import { cliPage, cliPath, keelsonCommands } from "#scripts/cli-page";
import { settingRows } from "#scripts/settings-table";
import { schemaText } from "#scripts/settings-schema";
import { settingsFolder, settingsPages } from "#scripts/settings-pages";
import { blockLines, blocksIn, codeSpans, documentAt, documents } from "../support/documents.js";
import { root } from "../support/program.js";

const commands = new Map(keelsonCommands().map(({ name, command }) => [name, command]));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Readonly<Record<string, string>>;
};
// What was is not what is.
const pages = documents().filter(({ path }) => path !== "CHANGELOG.md");

describe("commands in the pages", () => {
  it.each(pages.map(({ path, text }) => [path, text] as const))(
    "of %s exist, with their options",
    (_, text) => {
      const written = [...blockLines(text, "console"), ...codeSpans(text)];
      expect(written.flatMap(problemsOf)).toEqual([]);
    },
  );

  it("are many", () => {
    const lines = pages.flatMap(({ text }) => blockLines(text, "console"));
    expect(lines.flatMap(keelsonLines).length).toBeGreaterThan(40);
  });

  it.each([
    ["npx keelson frobnicate --stack prod", ["keelson frobnicate: no such command"]],
    ["keelson backup frobnicate", ["keelson backup frobnicate: no such command"]],
    ["npx keelson up --froobar", ["keelson up: no option --froobar"]],
    ["npx keelson up --stack=prod --refresh", []],
    ["npx keelson drill now --at 2026-01-01T00:00:00Z  # --nothing", []],
    ["keelson exec postgres -- df --froobar", []],
    ["npm run nothing", ["npm run nothing: no such script"]],
    ["npm run bench:release -- --quick", []],
  ])("%s: %j", (line, problems) => {
    expect(problemsOf(line)).toEqual(problems);
  });
});

describe("settings in the pages", () => {
  const schema = z.fromJSONSchema(
    JSON.parse(schemaText()) as Parameters<typeof z.fromJSONSchema>[0],
  );
  const problemsOfBlock = (block: string) => {
    type Shared = { value?: unknown } | undefined;
    const written = parse(block) as { config?: Record<string, Shared> } | null;
    const own = written?.config;
    const shared = (own?.["defaults"] ?? own?.["keelson:defaults"])?.value;
    const config = shared === undefined ? written : { "keelson:defaults": shared };
    return schema.safeParse({ config }).error?.issues ?? [];
  };
  const blocks = pages.flatMap(({ path, text }) =>
    blocksIn(text, "yaml")
      .filter((block) => /^(?:keelson:\w+|config):/.test(block))
      .map((block) => [path, block] as const),
  );

  it("are many", () => {
    expect(blocks.length).toBeGreaterThan(18);
  });

  it.each(blocks)("of %s are settings: %s", (_, block) => {
    expect(problemsOfBlock(block)).toEqual([]);
  });

  it("that are none are found", () => {
    expect(problemsOfBlock("keelson:app: { prot: 4000 }").length).toBe(1);
    expect(problemsOfBlock("config: { defaults: { value: { workers: {} } } }").length).toBe(1);
  });
});

describe("the reference", () => {
  it("of commands is up to date: else run `npm run schema`", () => {
    expect(documentAt(cliPath)).toBe(cliPage());
  });

  it("of settings is up to date: else run `npm run schema`", () => {
    for (const { path, text } of settingsPages()) expect(documentAt(path)).toBe(text);
  });

  it("of settings has a page for each section, and no other", () => {
    const paths = readdirSync(join(root, settingsFolder)).map(
      (name) => `${settingsFolder}/${name}`,
    );
    expect(paths.sort()).toEqual(
      settingsPages()
        .map(({ path }) => path)
        .sort(),
    );
  });

  it("of settings has examples that are right settings of one stack", () => {
    const examples = readdirSync(join(root, "scripts/examples")).map((name) =>
      readFileSync(join(root, "scripts/examples", name), "utf8"),
    );
    const named = examples
      .flatMap((text) => Object.entries(parse(text) as Readonly<Record<string, unknown>>))
      .map(([key, value]) => [key.replace("keelson:", ""), value] as const);
    const sections: Readonly<Record<string, unknown>> = Object.fromEntries(named);
    expect(() => settingsFrom({ environment: "preview", ...sections })).not.toThrow();
  });

  it("of settings has a heading for every setting below a section", () => {
    const text = settingsPages()
      .map((page) => page.text)
      .join("\n");
    const missing = settingRows().filter(({ path }) => !text.includes(`\n## \`${path}\`\n`));
    // These are sections themselves, whose entries have names of one's own.
    expect(missing.map(({ path }) => path)).toEqual([
      "services",
      "jobs",
      "redis",
      "secrets",
      "secretSources",
    ]);
  });
});

/** The calls of `keelson` in a line, as arguments; what follows a `#` is a comment. */
function keelsonLines(line: string): string[][] {
  const [code = ""] = line.split(/\s#/);
  return [...code.matchAll(/(?:^|[\s(])keelson ((?:[^\s|&;)]+ ?)+)/g)].map((call) =>
    (call[1] ?? "").trim().split(/\s+/),
  );
}

function problemsOf(line: string): string[] {
  const npm = [...line.matchAll(/npm run (?:-s )?([a-z][a-z0-9:]*)/g)].map((call) => call[1] ?? "");
  return [
    ...keelsonLines(line).flatMap(keelsonProblems),
    ...npm.filter((name) => !(name in scripts)).map((name) => `npm run ${name}: no such script`),
  ];
}

function keelsonProblems(args: readonly string[]): string[] {
  const at = args.findIndex((word) => !/^[a-z][a-z-]*$/.test(word));
  const named = at === -1 ? args : args.slice(0, at);
  // A group such as `backup` needs its second word.
  const [first = "", second = ""] = named;
  const name = commands.has(first) ? first : `${first} ${second}`.trim();
  if (first === "") return [];
  const command = commands.get(name);
  if (command === undefined) return [`keelson ${name}: no such command`];
  const known = new Set(command.options.map((option) => option.long));
  // What follows is another program's.
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end))
    .filter((word) => word.startsWith("--"))
    .map((word) => word.split("=")[0] ?? "")
    .filter((option) => option !== "--" && option !== "--help" && !known.has(option))
    .map((option) => `keelson ${name}: no option ${option}`);
}
