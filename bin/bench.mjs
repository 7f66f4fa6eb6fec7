#!/usr/bin/env node
// `npm run bench:<name>`: a benchmark, on the packages and the Node that everything runs on.
import { run } from "./bootstrap.mjs";

const [name, ...rest] = process.argv.slice(2);
await run(`bench/${name}.ts`, rest);
