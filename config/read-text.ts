import { readFileSync } from "node:fs";
import { problem, SettingsError } from "#lib/settings";

/** The text of a file of settings. @throws SettingsError where it can't be read, such as a folder */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new SettingsError([
      problem(path, `can't be read (${reason})`, "name a file that you may read"),
    ]);
  }
}
