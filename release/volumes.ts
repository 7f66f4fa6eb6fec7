import { z } from "zod";
import { askDocker } from "./ask-docker.js";
import { parameter } from "./parameters.js";
import type { StepContext } from "./step-context.js";

const listed = z.array(z.object({ name: z.string(), path: z.string() }));

/**
 * Fills volumes that are empty with what the image has at their paths, as Docker does for the first container, and
 * gives all of it to the container's user: as Docker leaves it, it is the image's owner's, most often root's.
 */
export async function volumes(context: StepContext): Promise<void> {
  const image = parameter(context, "IMAGE");
  for (const { name, path } of listed.parse(JSON.parse(parameter(context, "VOLUMES")))) {
    if ((await tool(context, name, ["is-empty"])) !== "empty") continue;
    // Docker copies when it creates a container; nothing of the image is run.
    const mount = `${name}:${path}`;
    const words = ["create", "--network", "none", "--volume", mount, image, "none"];
    const id = await askDocker(context, words);
    try {
      await tool(context, name, ["take", parameter(context, "UID"), parameter(context, "GID")]);
    } finally {
      await context.docker(["rm", "--force", id]);
    }
  }
}

/** Runs the script of the image of tools on a volume. */
function tool(context: StepContext, volume: string, words: readonly string[]): Promise<string> {
  const tools = parameter(context, "TOOLS");
  const mount = ["--volume", `${volume}:/volume`, tools, "/usr/local/bin/fill-volume"];
  return askDocker(context, [...hardened, ...mount, ...words]);
}

const hardened = [
  "run",
  "--rm",
  "--network=none",
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
  "--cap-add=CHOWN",
  "--cap-add=DAC_OVERRIDE",
  "--user=0:0",
];
