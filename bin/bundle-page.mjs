#!/usr/bin/env node
// `node bin/bundle-page.mjs`: prints the program of the status page's container, in one file that Node runs as it is.
import { buildSync } from "esbuild";
import { sourceFile } from "./place.mjs";

const { outputFiles } = buildSync({
  entryPoints: [sourceFile("page/stack/serve.ts")],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "error",
});
process.stdout.write(outputFiles[0].text);
