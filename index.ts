import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { buildProblems } from "#components/app/build-problems";
import { loadSettings } from "#config/load";
import { sealedProblems, secretSource } from "./config.js";
import { resolveAppImage } from "#program/app-image";
import { requireIdentity } from "#program/identity";
import { SettingsError } from "#lib/settings";
import { program } from "./program.js";
import { secretProblems } from "#config/secret-problems";

const root = dirname(fileURLToPath(import.meta.url));

// Pulumi's runner lets source maps into every stack trace, and the SDK takes one for each promise: half of the time of
// a run. They have nothing to say here, since the types are taken away in place.
Reflect.deleteProperty(Error, "prepareStackTrace");

async function run() {
  const { settings, goesBack, sealed } = loadSettings(root);
  const problems = [
    ...sealedProblems(settings, sealed),
    ...buildProblems(settings, root),
    // Whoever goes back to an earlier release must not be held up by a certificate that has run out since.
    ...secretProblems(settings, process.env, root, sealed, goesBack ? null : new Date()),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  const stack = pulumi.getStack();
  await requireIdentity(settings, stack);
  // An earlier release's image is named by its record.
  const resolved = goesBack ? { settings } : await resolveAppImage(settings, stack);
  return program(resolved.settings, {
    stack,
    imageTag: resolved.tag,
    root,
    goesBack,
    sealed,
    secrets: secretSource(settings, process.env, root),
    release: {
      version: process.env["APP_VERSION"] ?? "0.0.0",
      gitSha: process.env["GIT_SHA"] ?? "unknown",
    },
  });
}

/** A person's mistake is a few lines to read, not a stack trace of ours. */
async function runOrExplain(): ReturnType<typeof run> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof SettingsError) {
      throw new pulumi.RunError(`the settings are wrong:\n${error.message}`);
    }
    throw error;
  }
}

/** The stack's outputs; Pulumi warns of those that are there without a value. */
export default Object.fromEntries(
  Object.entries(await runOrExplain()).filter(([, value]) => value !== undefined),
);
