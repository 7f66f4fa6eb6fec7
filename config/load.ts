import type { z } from "zod";
import { defaultsKey, releasedKey, settingsFrom, stackSettings, type Settings } from "#config";
import { isMapping } from "#lib/merge";
import type { SealedSource } from "#lib/sealed";
import { problem, SettingsError } from "#lib/settings";
import { programConfig } from "./program-config.js";

/** What Pulumi is running: the stack's settings, and whether it goes back to an earlier release. */
export interface Loaded {
  readonly settings: Settings;
  readonly goesBack: boolean;
  readonly sealed: SealedSource;
}

/** Settings of the stack that Pulumi is running. @throws SettingsError with every problem */
export function loadSettings(projectDirectory: string): Loaded {
  const { sections, sealed, mayHide } = programConfig(projectDirectory, schemaOf);
  const { [releasedKey]: app, ...own } = sections;
  if (app !== undefined && !isMapping(app)) {
    const wrong = "is not an app's settings";
    throw new SettingsError([problem(releasedKey, wrong, "remove it; keelson rollback sets it")]);
  }
  return { settings: settingsFrom(own, app, mayHide), goesBack: app !== undefined, sealed };
}

/** The schema of a section; the project's defaults are sections themselves. */
function schemaOf(section: string): z.ZodType | undefined {
  if (section === defaultsKey) return stackSettings;
  return (stackSettings.shape as Partial<Record<string, z.ZodType>>)[section];
}
