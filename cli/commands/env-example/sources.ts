import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { Failure } from "../../io/failure.js";
import { readsIn } from "./reads.js";

/** Folders of packages, results of builds, tests and what tools keep. */
const skipped = new Set(
  (
    "node_modules vendor deps _build target dist build out coverage tmp log logs venv env site-packages " +
    "__pycache__ test tests spec specs __tests__ e2e cypress fixtures"
  ).split(" "),
);
const isTest = /(?:[._-](?:test|spec)\.|(?:^|\/)test_[^/]*\.py$|_test\.(?:go|exs|rb)$)/;
/** Longer ones are bundles. */
const longest = 1024 * 1024;

/** The variables that sources below a folder read, each with its first place, `<path>:<line>`. @throws Failure without the folder */
export function readBySources(folder: string): Map<string, string> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Failure(`${folder} is no folder of sources; name it with --source.`);
  }
  const places = new Map<string, string>();
  for (const file of filesBelow(folder)) {
    const path = relative(folder, file);
    if (isTest.test(path) || statSync(file).size > longest) continue;
    for (const { name, line } of readsIn(path, readFileSync(file, "utf8"))) {
      if (!places.has(name)) places.set(name, `${path}:${String(line)}`);
    }
  }
  return places;
}

const hasCode =
  /\.(?:[cm]?[jt]sx?|vue|svelte|py|rb|erb|rake|ru|yml|exs?|[lh]?eex|php|go|java|kts?|scala|groovy|rs|c|cc|cpp|h)$|(?:^|\/)(?:Rakefile|Gemfile)$/;

/** Files with code, in the order of their names; links are not followed. */
function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const isOurs = existsSync(join(path, "Pulumi.yaml"));
      return entry.name.startsWith(".") || skipped.has(entry.name) || isOurs
        ? []
        : filesBelow(path);
    }
    return entry.isFile() && hasCode.test(entry.name) ? [path] : [];
  });
}
