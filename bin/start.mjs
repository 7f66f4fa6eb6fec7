#!/usr/bin/env node
// `npm start`: the whole local stack, from a fresh clone.
import { run } from "./bootstrap.mjs";

await run("cli/main.ts", ["start", ...process.argv.slice(2)]);
