import { z } from "zod";
import type { ImageFacts } from "#lib/image-facts";
import { askDocker } from "./ask-docker.js";
import type { StepContext } from "./step-context.js";

const config = z.object({
  Env: z.array(z.string()).nullish(),
  Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
});

/** Returns the facts that an image names about its process. @param uid of the user as whom it is run */
export async function factsOf(
  context: StepContext,
  image: string,
  uid: string,
): Promise<ImageFacts> {
  const text = await askDocker(context, [
    "image",
    "inspect",
    "--format",
    "{{json .Config}}",
    image,
  ]);
  const { Env, Healthcheck } = config.parse(JSON.parse(text));
  const test = Healthcheck?.Test ?? [];
  const own = Env?.find((each) => each.startsWith("HOME="))?.slice("HOME=".length);
  return {
    healthcheck: test.length > 0 && test[0] !== "NONE",
    home: own ?? homeIn(await passwd(context, image), uid),
  };
}

/** As Docker sets HOME: the folder that the image's list of users names; undefined where it names no user's own. */
export function homeIn(list: string, uid: string): string | undefined {
  const line = new RegExp(
    `(?:^|[\\0\\n])[^:\\n\\0]*:[^:\\n]*:${uid}:[^:\\n]*:[^:\\n]*:([^:\\n]*):`,
  );
  const home = line.exec(list)?.[1];
  return home === undefined || ["", "/", "/nonexistent"].includes(home) ? undefined : home;
}

/** Its list of users, in Docker's tar; empty where it has none. Nothing of the image is run. */
async function passwd(context: StepContext, image: string): Promise<string> {
  const id = await askDocker(context, ["create", "--network", "none", image, "none"]);
  try {
    const { code, stdout } = await context.docker(["cp", `${id}:/etc/passwd`, "-"]);
    return code === 0 ? stdout : "";
  } finally {
    await context.docker(["rm", "--force", "--volumes", id]);
  }
}
