import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./support/program.js";

/** A word that the glossary of CONTRIBUTING.md does without, the one that it has, and where the first is right. */
interface Avoided {
  readonly found: RegExp;
  readonly instead: string;
  /** Lines, by a part of them, in which it is another tool's or means something else; with the reason. */
  readonly allowed?: readonly RegExp[];
}

const avoided: readonly Avoided[] = [
  { found: /\bbeside\b/i, instead: "alongside, next to, compared with" },
  { found: /\bsomebody else/i, instead: "external, another process" },
  { found: /\bcut(s|ting)? off\b/i, instead: "interrupted, truncated" },
  { found: /\b(away from|elsewhere than) the host\b/i, instead: "off-site" },
  { found: /\banew\b/i, instead: "again; recreated, restarted, reloaded" },
  { found: /\b(of|to|at|until) a moment\b/i, instead: "a point in time" },
  { found: /\ba moment before (it|the migration)\b/i, instead: "a point in time before" },
  { found: /\b(let|lets|letting) (old ones )?go\b(?! of)/i, instead: "retention, remove" },
  {
    found: /\b(turn|turns|turned|turning) (everybody|all but a few) away\b/i,
    instead: "maintenance",
  },
  { found: /\bturn(s|ed|ing)? away\b/i, instead: "answer 503, refuse" },
  { found: /\b(go|goes|going|gone|went) back (to|from|with|where)\b/i, instead: "rollback, undo" },
  { found: /\bchang(e|es|ed|ing) places\b/i, instead: "are exchanged" },
  { found: /\btak(e|es|en|ing) (it |the stack )?down\b/i, instead: "destroy" },
  { found: /\b(is|are|was|were|be) told\b/i, instead: "gets, is passed, is reported" },
  { found: /\bits (own )?words\b(?! for)/i, instead: "arguments" },
  { found: /\bunless-there-is-one\b/, instead: "--if-none" },
];

/** Names that a file may not declare, with the ones to take. Other tools' names are strings, or properties of types. */
const names = [
  ["words", "args"],
  ["Ended", "CommandResult"],
  ["wish", "request"],
  ["wishOf", "parseRequest"],
  ["Wish", "RestoreRequest"],
  ["Errand", "OffsiteTask"],
  ["Newcomer", "NewHostContext"],
  ["saying", "problemText"],
] as const;

const read = /\.(ts|mjs|md|yml|yaml|jq|sql|awk|bash)$|^images\/[^.]*$/;
// The list itself, and the table whose last column it is.
const own = ["test/words.test.ts"];

/** The project's texts by path; of the glossary only what we say. */
const texts = new Map(
  execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => read.test(path) && !own.includes(path))
    .map((path) => [path, textOf(path)] as const),
);

function textOf(path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  if (path !== "CONTRIBUTING.md") return text;
  return text.replace(/^(\|[^|\n]*\|[^|\n]*\|)[^|\n]*\|$/gm, "$1");
}

/** Comments joined over their lines, so that a phrase is found across a break. */
function sentences(text: string): string[] {
  return text
    .replace(/\n\s*(?:\*|\/\/|#|--)? */g, (lineEnd) => (/[*/#-]/.test(lineEnd) ? " " : "\n"))
    .split("\n");
}

describe("the words of texts", () => {
  it("are read from everything that is tracked", () => {
    expect(texts.size).toBeGreaterThan(900);
    expect([...texts.keys()]).toEqual(
      expect.arrayContaining(["README.md", "images/postgres/entrypoint", "cli/main.ts"]),
    );
  });

  it.each(avoided.map((each) => [each.instead, each] as const))("say %s", (_instead, word) => {
    const found = [...texts].flatMap(([path, text]) =>
      sentences(text)
        .filter((line) => word.found.test(line))
        .filter((line) => !(word.allowed ?? []).some((allowed) => allowed.test(line)))
        .map((line) => `${path}: ${around(line, word.found)}`),
    );
    expect(found).toEqual([]);
  });
});

describe("doc comments", () => {
  it("begin with the noun or the act, and with no clause in its place", () => {
    const clause =
      /\/\*\*\s*(?:\*\s*)?(?:What|Where|Who|Whoever|Whether|Whatever|How|Why|When)\b[^\n]*/g;
    const isProduct = (path: string) => path.endsWith(".ts") && !path.startsWith("test/");
    const found = [...texts].flatMap(([path, text]) =>
      isProduct(path) ? [...text.matchAll(clause)].map(([line]) => `${path}: ${line}`) : [],
    );
    expect(found).toEqual([]);
  });
});

describe("names", () => {
  it.each(names)("are not %s but %s", (name) => {
    const declared = new RegExp(`\\b(?:const|let|function|interface|type|class) ${name}\\b`);
    const found = [...texts].filter(([path, text]) => path.endsWith(".ts") && declared.test(text));
    expect(found.map(([path]) => path)).toEqual([]);
  });
});

/** The found words with what stands around them. */
function around(line: string, found: RegExp): string {
  const at = line.search(found);
  return line.slice(Math.max(0, at - 40), at + 60);
}
