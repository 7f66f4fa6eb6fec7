#!/usr/bin/env node
// `node bin/read-secrets.mjs`: asks the sources of a stack's secrets, for a process that can't wait for promises.
import { pathToFileURL } from "node:url";
import { sourceFile } from "./place.mjs";
import "./typescript.mjs";

await import(pathToFileURL(sourceFile("components/secrets/sources/main.ts")).href);
