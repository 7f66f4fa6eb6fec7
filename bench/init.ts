// `npm run bench:init`: what `keelson init` sees of ten shapes of repositories, and the edits that are left to a person.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { draftOf } from "#cli/commands/init";
import { Repository } from "#cli/commands/init/repository";
import { initTable } from "#scripts/init-table";
import { shapes } from "#test/support/init-shapes";
import { publish } from "./document.js";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const folder = mkdtempSync(join(tmpdir(), "keelson-init-"));
const drafts = Object.entries(shapes).map(([name, { files, from }]) => {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return [name, draftOf(new Repository(join(folder, name)), from)] as const;
});
rmSync(folder, { recursive: true });
const table = initTable(Object.fromEntries(drafts));
console.log(table);
if (values.write) publish("bench:init", table);
