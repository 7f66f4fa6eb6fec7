// `node --import ./bin/typescript.mjs main.ts`: TypeScript without a build.
import * as modules from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileCache } from "./place.mjs";

// What is loaded is compiled once, not by every command, run of the program and step of a release.
modules.enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? compileCache);

// What Pulumi's SDK loads when it starts and needs only to serialize functions is loaded where that is done: two thirds of
// the processor time and half of the memory of its start.
const serializer = "/@pulumi/pulumi/runtime/closure/";
const deferrable = new Map([
  ["@npmcli/arborist", "arborist.cjs"],
  ["../../typescript-shim", "typescript-shim.cjs"],
]);
function deferredFor(specifier, parent) {
  const file = deferrable.get(specifier);
  if (file === undefined || !parent?.includes(serializer)) return undefined;
  return pathToFileURL(join(import.meta.dirname, "deferred", file)).href;
}

// Node takes the types away itself, in a third of the time that a loader needs for it; only the names of files are
// still those of a build. Where Node is older, tsx does both.
if (process.features.typescript && modules.registerHooks !== undefined) {
  modules.registerHooks({
    resolve(specifier, context, next) {
      const deferred = deferredFor(specifier, context.parentURL);
      if (deferred !== undefined) return { url: deferred, format: "commonjs", shortCircuit: true };
      const ours = specifier.startsWith(".") && specifier.endsWith(".js");
      if (!ours || context.parentURL?.endsWith(".ts") !== true) return next(specifier, context);
      return next(specifier.replace(/js$/, "ts"), context);
    },
  });
} else {
  await import("tsx");
}
