import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cliPage, cliPath } from "./cli-page.js";
import { settingsPages } from "./settings-pages.js";
import { schemaText } from "./settings-schema.js";

// `npm run schema`: what is written about settings and commands elsewhere follows from their definitions.
const root = dirname(dirname(fileURLToPath(import.meta.url)));

write("settings.schema.json", schemaText());
write(cliPath, cliPage());
for (const { path, text } of settingsPages()) write(path, text);

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
