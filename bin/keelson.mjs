#!/usr/bin/env node
// `npx keelson …`
import { run } from "./bootstrap.mjs";

await run("cli/main.ts", process.argv.slice(2));
