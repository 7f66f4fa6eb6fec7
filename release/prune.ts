import { imagesOf, keptOf } from "./history/history.js";
import type { StackProxy } from "./proxy.js";
import { StepFailure } from "./step-failure.js";
import type { StepContext } from "./step-context.js";

/**
 * Removes the images that Keelson brought to the host and none of the last so many releases needs, unless a container
 * or another stack's history has them. An image that can't be removed is reported, and is no reason to fail.
 */
export async function pruneImages(
  context: StepContext,
  proxy: StackProxy,
  keep: number,
): Promise<void> {
  try {
    const images = await proxy.run((session) => proxy.records(session).prunable(keep));
    for (const image of images) await prune(context, proxy, image);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    context.say(`images of earlier releases stay: ${error.message}`);
  }
}

async function prune(context: StepContext, proxy: StackProxy, image: string): Promise<void> {
  const containers = await context.docker([
    "ps",
    "--all",
    "--quiet",
    "--filter",
    `ancestor=${image}`,
  ]);
  if (containers.code !== 0 || containers.stdout.trim() !== "") return;
  const there = await context.docker(["image", "ls", "--quiet", image]);
  if (there.stdout.trim() !== "") {
    if (await isNeededElsewhere(context, proxy, image)) {
      await proxy.record((records) => records.pruned(image));
      return;
    }
    const removed = await context.docker(["image", "rm", image]);
    if (removed.code !== 0) {
      context.say(`the image ${image} of an earlier release stays: ${removed.stderr.trim()}`);
      return;
    }
    context.say(`removed the image ${image} of an earlier release`);
  }
  await proxy.record((records) => records.pruned(image));
}

/** True where another stack on this host may roll back to an image. If unsure, true. */
async function isNeededElsewhere(
  context: StepContext,
  own: StackProxy,
  image: string,
): Promise<boolean> {
  const label = "label=dev.keelson.workload=proxy";
  const found = await context.docker(["ps", "--quiet", "--no-trunc", "--filter", label]);
  if (found.code !== 0) return true;
  const ids = found.stdout.split("\n").filter((id) => id !== "");
  const others = ids.filter((id) => own.container === undefined || !id.startsWith(own.container));
  for (const other of others) if (await needs(context, own.like(other), image)) return true;
  return false;
}

async function needs(context: StepContext, proxy: StackProxy, image: string): Promise<boolean> {
  try {
    return await proxy.run(async (session) => {
      const keep = Number((await session.read("releases/keep")).trim() || usualKeep);
      const told = await proxy.records(session).all();
      return keptOf(told, keep).some((each) => imagesOf(each).includes(image));
    });
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    context.say(`whether another stack needs ${image} can't be found out: ${error.message}`);
    return true;
  } finally {
    await proxy.close();
  }
}

const usualKeep = "5";
