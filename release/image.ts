import { askDocker } from "./ask-docker.js";
import { factsOf } from "./image-facts.js";
import { parameter } from "./parameters.js";
import { withProxy, type StackProxy } from "./proxy.js";
import type { Converse } from "./proxy-session.js";
import type { StepContext } from "./step-context.js";

const pullMs = 600_000;

/** Looks whether the image is on the Docker host, pulled if need be, and for its architecture. */
export function image(context: StepContext, converse?: Converse): Promise<void> {
  return withProxy(context, converse, async (proxy) => {
    const wanted = parameter(context, "IMAGE");
    const setting = context.environment["IMAGE_SETTING"] ?? appSetting;
    await proxy.record((records) => records.resume());
    const architecture = await find(context, proxy, { wanted, setting });
    await tagAlike(context, wanted);
    const host = await askDocker(context, ["version", "--format", "{{.Server.Arch}}"]);
    if (architecture === host) {
      const user = context.environment["IMAGE_USER"];
      if (user !== undefined) context.print(JSON.stringify(await factsOf(context, wanted, user)));
      return;
    }
    throw await proxy.fail(
      `image: ${wanted} is for ${architecture} and the Docker host is ${host}; build it for ${host}`,
    );
  });
}

const appSetting = "app.image";

async function find(
  context: StepContext,
  proxy: StackProxy,
  { wanted, setting }: { readonly wanted: string; readonly setting: string },
): Promise<string> {
  const look = ["image", "inspect", "--format", "{{.Architecture}}", wanted];
  const there = await context.docker(look);
  // What Keelson has built or pulled it may remove again.
  const built = context.environment["BUILT"] === "yes";
  const note = () => proxy.record((records) => records.fetched(wanted));
  if (there.code === 0) {
    if (built) await note();
    return there.stdout.trim();
  }
  const pulled = await context.docker(["pull", "--quiet", wanted], {
    timeoutMs: pullMs,
    line: context.say,
  });
  if (pulled.code !== 0) {
    throw await proxy.fail(
      `image: ${wanted} is neither on the Docker host nor to be had from its registry (above); correct ${setting}, or bring it there`,
    );
  }
  await note();
  return askDocker(context, look);
}

/** As a pull of the tag would leave it; a later run finds by it what serves, should the registry not answer then. */
async function tagAlike(context: StepContext, wanted: string): Promise<void> {
  const tag = context.environment["IMAGE_TAG"];
  // Empty where the settings name an image that stands for itself.
  if (tag === undefined || tag === "" || wanted.startsWith("sha256:")) return;
  await askDocker(context, ["tag", wanted, tag]);
}
