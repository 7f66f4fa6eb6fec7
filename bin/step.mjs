#!/usr/bin/env node
// `node bin/step.mjs <name>`: a step of a release, which the program's resources run.
import { pathToFileURL } from "node:url";
import { sourceFile } from "./place.mjs";
import "./typescript.mjs";

await import(pathToFileURL(sourceFile("release/step.ts")).href);
