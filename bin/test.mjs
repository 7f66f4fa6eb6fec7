#!/usr/bin/env node
// `npm test`: every check there is.
import { run } from "./bootstrap.mjs";

await run("scripts/test.ts", process.argv.slice(2));
