import { previousName } from "#components/secrets/settings";
import { problem } from "#lib/settings";
import type { Settings } from "./settings.js";

/** Returns the names that a value before would take from another variable, a line each. */
export function rotationProblems({ app, secrets, services }: Settings): string[] {
  return Object.entries(secrets).flatMap(([name, { generate }]) => {
    if (generate?.previous !== true) return [];
    const before = previousName(name);
    const places = [
      ["secrets", secrets],
      ["app.env", app.env],
      ...Object.entries(services).map(([each, { env }]) => [`services.${each}.env`, env] as const),
    ] as const;
    const advice = `rename it, or finish the rotation (keelson secrets rotate ${name} --finish)`;
    return places
      .filter(([, names]) => before in names)
      .map(([path]) => problem(`${path}.${before}`, `is the value of ${name} before`, advice));
  });
}
