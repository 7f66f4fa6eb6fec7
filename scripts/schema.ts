import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { schemaText } from "./settings-schema.js";
import { settingsTable, withTable } from "./settings-table.js";

// `npm run schema`: what is written about the settings elsewhere follows from their schemas.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const readme = join(root, "README.md");

writeFileSync(join(root, "settings.schema.json"), schemaText());
if (existsSync(readme)) {
  writeFileSync(readme, withTable(readFileSync(readme, "utf8"), settingsTable()));
}
