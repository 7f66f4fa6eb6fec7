import { recordIn, numberOf, type ReleaseRecord } from "#release/history/record";
import type { Command } from "./command.js";
import { docker, tryDocker } from "./docker.js";
import type { Stack } from "./stack.js";

/** Processes of a step of a release, by its name. */
export const stepProcess = (name: string) => new RegExp(`node bin/step\\.mjs ${name}( |$)`);

/** The newest record that the proxy of a stack keeps. */
export async function newestRecord(stack: Stack): Promise<ReleaseRecord | undefined> {
  const find = ["find", "/config/releases", "-name", "v*.json", "-exec", "cat", "{}", "+"];
  // The app's containers come and go meanwhile.
  const proxies = [...stack.filter, "--filter", "label=dev.keelson.workload=proxy"];
  const proxy = (await docker(["ps", "--quiet", ...proxies])).trim();
  const printed = await tryDocker(["exec", proxy, ...find]);
  const lines = printed.stdout.split("\n").filter((line) => line !== "");
  return lines
    .map(recordIn)
    .toSorted((a, b) => numberOf(a) - numberOf(b))
    .at(-1);
}

/** Waits until a release under way is watched: clients are on its containers. */
export function untilWatched(stack: Stack, release: Command): Promise<void> {
  return release.reaches("it watches", async () => {
    const newest = await newestRecord(stack);
    return newest?.result === "running" && newest.switched !== null;
  });
}

/** Waits until a release under way lets the old containers come to their end. */
export function untilDrained(stack: Stack, release: Command): Promise<void> {
  return release.reaches("it drains", async () => {
    const newest = await newestRecord(stack);
    return newest?.result === "running" && newest.watch != null;
  });
}
