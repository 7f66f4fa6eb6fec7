import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { blocksIn, documents } from "../support/documents.js";
import { root } from "../support/program.js";
import { runs, type Run } from "./runs.js";

const pages = documents().filter(({ path }) => /^(README\.md|docs\/(guide|runbooks)\/)/.test(path));
const written = new Set(pages.flatMap(({ text }) => commandsIn(text)));

describe("the commands of README, guides and runbooks", () => {
  it("stand in blocks of one kind, each behind a prompt, so that none is overlooked", () => {
    const others = pages.flatMap(({ path, text }) =>
      ["sh", "bash", "shell"].flatMap((language) => blocksIn(text, language)).map(() => path),
    );
    expect(others).toEqual([]);
    const without = pages.flatMap(({ path, text }) =>
      blocksIn(text, "console")
        .filter((block) => /^(?:npx |npm |keelson |pulumi )/m.test(block))
        .map((block) => `${path}: ${block}`),
    );
    expect(without).toEqual([]);
    expect(written.size).toBeGreaterThan(50);
  });

  it("are each run by a test, or say why not", () => {
    expect([...written].filter((command) => !(command in runs)).sort()).toEqual([]);
    expect(Object.keys(runs).filter((command) => !written.has(command))).toEqual([]);
  });

  it.each(Object.entries(runs))("%s is where the table says", (command, run) => {
    expect(missingIn(command, run)).toEqual([]);
  });

  it.each([
    ["npx keelson backup now --stack <stack>  # --type full", "keelson backup now"],
    ['npx keelson restore --stack x --at "2026-02-03 04:05:06+00"', "keelson restore --at"],
    ["npx keelson psql --as owner < fix.sql", "keelson psql --as"],
    ["npx keelson run -- node export.js > export.csv", "keelson run"],
    ["npx keelson releases --json | grep -o x", "keelson releases --json"],
    ["GIT_SHA=$(git rev-parse HEAD) pulumi up --stack prod", "pulumi up"],
    ["docker cp a:/b .", "docker cp"],
    ["npm run bench:release -- --quick", "npm run bench:release -- --quick"],
  ])("%s is %s", (line, command) => {
    expect(shape(line)).toBe(command);
  });

  it("that a test does not have are found", () => {
    const test = "test/e2e/restore.test.ts";
    expect(missingIn("keelson restore --everything", { test })).toEqual(["--everything"]);
    expect(missingIn("keelson restore", { test, text: "no such text" })).toEqual(["no such text"]);
    expect(missingIn("keelson restore", { test: "test/none.ts" })).toEqual(["test/none.ts"]);
  });
});

function commandsIn(text: string): string[] {
  const lines = blocksIn(text, "console").flatMap((block) => block.split("\n"));
  return lines.filter((line) => line.startsWith("$ ")).map((line) => shape(line.slice(2)));
}

/** A command without its values, `--stack` and what follows it in a pipe: what two pages have alike is one. */
function shape(line: string): string {
  const [code = ""] = line.split(/\s#/);
  const keelson = /^npx keelson (.*)$/.exec(code.trim())?.[1];
  if (keelson === undefined) {
    const [program = "", verb = ""] = code
      .trim()
      .replace(/^(?:\w+=(?:\$\([^)]*\)|\S*) )+/, "")
      .split(" ");
    if (program === "npm") return code.trim();
    return ["pulumi", "docker"].includes(program) ? `${program} ${verb}` : program;
  }
  const [own = ""] = keelson.split(/ -- | [|<>] /);
  const args = own.replaceAll(/"[^"]*"|'[^']*'/g, "").split(/\s+/);
  const end = args.findIndex((each) => !/^[a-z][a-z-]*$/.test(each));
  const options = args.filter((each) => /^--?[a-z]/.test(each) && each !== "--stack");
  const named = end === -1 ? args : args.slice(0, end);
  return ["keelson", ...named, ...options.sort()].join(" ");
}

/** The words of a command, or the text, that the test of the table does not have. */
function missingIn(command: string, run: Run): string[] {
  if ("not" in run) return /\S.{20,}\.$|^The suite itself\.$/.test(run.not) ? [] : ["a reason"];
  if (!existsSync(join(root, run.test))) return [run.test];
  const text = readFileSync(join(root, run.test), "utf8");
  if (run.text !== undefined) return text.includes(run.text) ? [] : [run.text];
  const [, ...parts] = command.split(" ");
  // A literal that has it, or the stack's own method: `stack.up(…)`.
  return parts.filter(
    (part) =>
      !new RegExp(`["'\`](?:[^"'\`\n]* )?${part}(?: [^"'\`\n]*)?["'\`]|\\.${part}\\(`).test(text),
  );
}
