import { protectingSettings, type Settings } from "#config";

/** Returns the reason why a stack is not destroyed without more; undefined when nothing in its settings protects data. */
export function protection(settings: Settings, stack: string): string | undefined {
  const guard = protectedBy(settings);
  if (guard === undefined) return undefined;
  return (
    `The data of ${stack} is protected by ${guard}; to lose it for good add --destroy-data, ` +
    "or set this to false and run keelson up first."
  );
}

/** The settings that protect a stack's data, as text; undefined when there are none. */
export function protectedBy(settings: Settings): string | undefined {
  const names = protectingSettings(settings);
  return names.length === 0 ? undefined : names.join(" and ");
}
