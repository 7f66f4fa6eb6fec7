#!/usr/bin/env node
// `node bin/step.mjs <name>`: a step of a release, which the program's resources run.
import "./typescript.mjs";

await import("../release/step.ts");
