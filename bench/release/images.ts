import { buildImage, docker, tryDocker } from "#test/support/docker";
import type { Bench } from "../bounded.js";

/** An image of the sample app for each version, as a build of each would make: otherwise nothing has to be migrated. */
export async function imagesOf(bench: Bench, versions: readonly string[]): Promise<void> {
  const base = await buildImage("sample-app");
  for (const version of versions) {
    const file = `FROM ${base}\nLABEL dev.keelson.bench=${version}\n`;
    await docker(["build", "--quiet", "--tag", imageOf(version), "-"], file);
    // Keelson may have pruned it by then.
    bench.atEnd(imageOf(version), () => tryDocker(["image", "rm", imageOf(version)]));
  }
}

/** The image of a version. */
export function imageOf(version: string): string {
  return `keelson/test-bench:${version}`;
}
