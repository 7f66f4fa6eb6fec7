// `node --import ./bin/typescript.mjs main.ts`: TypeScript without a build.
import * as modules from "node:module";
import { compileCache } from "./place.mjs";

// What is loaded is compiled once, not by every command, run of the program and step of a release.
modules.enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? compileCache);

// Node takes the types away itself, in a third of the time that a loader needs for it; only the names of files are
// still those of a build. Where Node is older, tsx does both.
if (process.features.typescript && modules.registerHooks !== undefined) {
  modules.registerHooks({
    resolve(specifier, context, next) {
      const ours = specifier.startsWith(".") && specifier.endsWith(".js");
      if (!ours || context.parentURL?.endsWith(".ts") !== true) return next(specifier, context);
      return next(specifier.replace(/js$/, "ts"), context);
    },
  });
} else {
  await import("tsx");
}
