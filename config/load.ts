import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { releasedKey, settingsFrom, stackSettings, type Settings } from "#config";
import { isMapping, type Mapping } from "#lib/merge";
import type { SealedSource } from "#lib/sealed";
import { problem, SettingsError } from "#lib/settings";
import { withDeployedImage } from "./deployed-image.js";
import { programConfig } from "./program-config.js";
import { defaultsKey, namespace, plainValue } from "./stack-file.js";

/** The stack that Pulumi runs: its settings, and whether it is a rollback. */
export interface Loaded {
  readonly settings: Settings;
  readonly goesBack: boolean;
  readonly sealed: SealedSource;
}

/** Settings of the stack that Pulumi is running. @throws SettingsError with every problem */
export function loadSettings(projectDirectory: string): Loaded {
  const { sections, sealed, mayHide } = programConfig(projectDirectory, schemaOf);
  const { [releasedKey]: app, ...own } = sections;
  return { ...loaded(own, app, mayHide), sealed };
}

/**
 * Settings of the stack that Pulumi is running, which the program itself states; those of an earlier release stand in the
 * configuration all the same. @throws SettingsError with every problem
 */
export function settingsOfArgs(args: z.input<typeof stackSettings>): Loaded {
  const text = pulumi.runtime.allConfig()[`${namespace}:${releasedKey}`];
  const app = text === undefined ? undefined : plainValue(text);
  return { ...loaded(args, app, false), sealed: () => undefined };
}

function loaded(sections: Mapping, app: unknown, mayHide: boolean): Omit<Loaded, "sealed"> {
  if (app !== undefined && !isMapping(app)) {
    const wrong = "is not an app's settings";
    throw new SettingsError([problem(releasedKey, wrong, "remove it; keelson rollback sets it")]);
  }
  return {
    settings: settingsFrom(withDeployedImage(sections), app, mayHide),
    goesBack: app !== undefined,
  };
}

/** The schema of a section; the project's defaults are sections themselves. */
function schemaOf(section: string): z.ZodType | undefined {
  if (section === defaultsKey) return stackSettings;
  return (stackSettings.shape as Partial<Record<string, z.ZodType>>)[section];
}
