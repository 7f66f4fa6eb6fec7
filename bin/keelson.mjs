#!/usr/bin/env node
// `npx keelson …`
import { run } from "./bootstrap.mjs";

run("cli/main.ts", process.argv.slice(2));
