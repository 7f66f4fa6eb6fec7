import { join } from "node:path";
import { contentHash } from "#lib/content-hash";
import { root, run } from "#test/support/docker";

/** Builds the image with what the benchmarks compare with, unless it is there. Returns its tag. */
export async function benchImage(): Promise<string> {
  const tag = `keelson/bench:${contentHash(join(root, "bench/image"))}`;
  await run("images/build-app", [tag, "bench/image", "Dockerfile", "", "debian:trixie-slim"]);
  return tag;
}
