#!/usr/bin/env node
// `npm create keelson`: `keelson init` in this folder, with the package that npm has fetched for it.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const manifest = createRequire(import.meta.url).resolve("keelson/package.json");
const command = join(dirname(manifest), "bin", "keelson.mjs");
const { status, error } = spawnSync(process.execPath, [command, "init", ...process.argv.slice(2)], {
  stdio: "inherit",
});
if (error !== undefined) console.error(`keelson init can't be run: ${error.message}`);
process.exitCode = status ?? 1;
