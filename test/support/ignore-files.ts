// What Docker leaves out of a build context by an ignore file, as seen on its own builders.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contextHash } from "#lib/build-context";

const files = [
  "a.txt",
  "ab.txt",
  "logs/app.log",
  "logs/keep/me.txt",
  "logs.txt",
  "src/a.txt",
  "src/deep/a.txt",
  "src/deep/b.md",
  "src/[x]/c.txt",
  "node_modules/x/index.js",
  "weird +(name).txt",
];

/** Text of an ignore file, and those of the files that it leaves out. */
export const ignoreFiles: readonly (readonly [text: string, leftOut: readonly string[]])[] = [
  ["", []],
  ["logs\nnode_modules/\n", ["logs/app.log", "logs/keep/me.txt", "node_modules/x/index.js"]],
  ["/logs\n./a.txt\n", ["a.txt", "logs/app.log", "logs/keep/me.txt"]],
  ["# logs\n  logs  \n#a.txt\n", ["logs/app.log", "logs/keep/me.txt"]],
  ["*.txt\n!a.txt\n", ["ab.txt", "logs.txt", "weird +(name).txt"]],
  ["**/*.txt\n!src/**\n", ["a.txt", "ab.txt", "logs/keep/me.txt", "logs.txt", "weird +(name).txt"]],
  ["**/a.txt\n", ["a.txt", "src/a.txt", "src/deep/a.txt"]],
  [
    "**\n!src\n",
    [
      "a.txt",
      "ab.txt",
      "logs/app.log",
      "logs/keep/me.txt",
      "logs.txt",
      "node_modules/x/index.js",
      "weird +(name).txt",
    ],
  ],
  [
    "*\n!src/deep\n!logs/keep/me.txt\n",
    [
      "a.txt",
      "ab.txt",
      "logs/app.log",
      "logs.txt",
      "src/a.txt",
      "src/[x]/c.txt",
      "node_modules/x/index.js",
      "weird +(name).txt",
    ],
  ],
  ["logs/*\n!logs/keep\n", ["logs/app.log"]],
  ["src/**\n!src/deep/b.md\nsrc/deep\n", ["src/a.txt", "src/deep/a.txt", "src/[x]/c.txt"]],
  ["src\n!src/deep\nsrc/deep/a.txt\n", ["src/a.txt", "src/deep/a.txt", "src/[x]/c.txt"]],
  ["a?.txt\n", ["ab.txt"]],
  ["[a-b]*.txt\n", ["a.txt", "ab.txt"]],
  ["[^a]*.txt\n", ["logs.txt", "weird +(name).txt"]],
  ["src/\\[x\\]\n", ["src/[x]/c.txt"]],
  ["src/[[]x]/**\n", ["src/[x]/c.txt"]],
  ["weird +(name).txt\n", ["weird +(name).txt"]],
  ["**o*\n", []],
  ["src/../logs\n", ["logs/app.log", "logs/keep/me.txt"]],
  ["Dockerfile\n.dockerignore\n", []],
  ["\uFEFFlogs\n", ["logs/app.log", "logs/keep/me.txt"]],
  [
    "logs\r\nsrc\r\n",
    [
      "logs/app.log",
      "logs/keep/me.txt",
      "src/a.txt",
      "src/deep/a.txt",
      "src/deep/b.md",
      "src/[x]/c.txt",
    ],
  ],
  ["**/deep/*.*\n!**/b.md\n", ["src/deep/a.txt"]],
];

/** Lines that are no pattern. */
export const wrongLines = ["[a", "!", "[]a]", "a\\", "[z-a]"];

/** Writes the files, and a Dockerfile that takes all of them. */
export function writeContext(folder: string): void {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file);
  }
  writeFileSync(join(folder, "Dockerfile"), 'FROM scratch\nCOPY . /\nCMD ["none"]\n');
}

/** Those of the files that are not among the paths. */
export function missingIn(paths: readonly string[]): string[] {
  const there = new Set(paths);
  return files.filter((file) => !there.has(file));
}

/** Those of the files that can be changed without another tag. */
export function notFollowed(folder: string): string[] {
  const hash = () => contextHash(folder, "Dockerfile");
  const before = hash();
  return files.filter((file) => {
    writeFileSync(join(folder, file), "changed");
    const same = hash() === before;
    writeFileSync(join(folder, file), file);
    return same;
  });
}
