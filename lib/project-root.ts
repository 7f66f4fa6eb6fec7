import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The nearest folder from one upwards with a Pulumi.yaml; undefined where there is none. */
export function projectAbove(directory: string): string | undefined {
  if (existsSync(join(directory, "Pulumi.yaml"))) return directory;
  const above = dirname(directory);
  return above === directory ? undefined : projectAbove(above);
}
