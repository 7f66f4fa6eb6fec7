// Images that only tests need.
import { join } from "node:path";
import { contentHash } from "#lib/content-hash";
import { docker, root, run, tryDocker } from "./docker.js";

/** Builds an image of test/e2e/fixtures if it is missing, on our base or another image, and hands back its tag. */
export async function fixtureImage(name: string, on?: string): Promise<string> {
  const context = join(root, "test", "e2e", "fixtures", name);
  const base = on ?? (await run("images/build", ["base"])).stdout.trim();
  const tag = `keelson/test-${name}:${contentHash(context, [base])}`;
  if ((await tryDocker(["image", "inspect", tag])).code !== 0) {
    await docker(["build", "--force-rm", "--tag", tag, "--build-arg", `BASE=${base}`, context]);
  }
  return tag;
}
