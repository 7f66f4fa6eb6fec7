import { SettingsError } from "#lib/settings";

/** The problems with settings that something throws; none where it throws nothing. @throws what else it throws */
export function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}
