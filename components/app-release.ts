import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { gate, gateEnvironment } from "../workload/gate.js";
import { words } from "../workload/instances.js";
import { dockerCommand } from "../workload/one-shot.js";
import type { Platform } from "../workload/platform.js";
import { record } from "../workload/record.js";
import { smokeLine, type Release } from "../workload/release.js";

/** Looks whether the image is there and for this host, before anything of a release has happened. */
export function imageStep(
  name: string,
  image: pulumi.Input<string>,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return dockerCommand(
    name,
    { create: imageScript, environment: { ...gateEnvironment(platform), IMAGE: image } },
    platform,
    opts,
  );
}

/** Asks each new container the smoke test's questions; undefined where the settings have none. */
export function smokeStep(
  name: string,
  app: { readonly containers: pulumi.Input<string[]>; readonly port: number },
  release: Release,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command | undefined {
  const { smoke } = release;
  if (smoke === undefined) return undefined;
  // One after the other, all under one name: a name is freed before it is used again.
  const asked = pulumi.output(app.containers).apply((containers) =>
    pulumi.all(
      containers.map((container) => {
        const url = `http://${container}:${String(app.port)}`;
        const line = smokeLine(`${name}-ask`, { ...release, smoke }, platform, [url]);
        return line.apply((asking) => smokeLines(container, asking));
      }),
    ),
  );
  const environment = {
    ...gateEnvironment(platform),
    CONTAINERS: words(app.containers),
    CHECKS: smoke.input,
  };
  const create = asked.apply((each) => [gate, "resume_release", ...each].join("\n"));
  return dockerCommand(name, { create, environment }, platform, opts);
}

/** The shell of `imageStep`: `$IMAGE` is on the Docker host, pulled if need be, and for its architecture. */
export const imageScript = `${record}
resume_release
if ! docker image inspect "$IMAGE" >/dev/null 2>&1; then
  timeout 600 docker pull --quiet "$IMAGE" >&2 ||
    fail_release "image: $IMAGE is neither on the Docker host nor to be had from its registry; correct app.image, or bring it there"
fi
has=$(docker image inspect --format '{{.Architecture}}' "$IMAGE") || exit 1
host=$(docker version --format '{{.Server.Arch}}') || exit 1
[ "$has" = "$host" ] || fail_release "image: $IMAGE is for $has and the Docker host is $host; build it for $host"`;

const smokeLines = (container: string, smoke: string) => `start_again ${container}
wait_healthy ${container} 60 || give_up ${container} "smoke test: the container is $health, not healthy"
${smoke} || give_up ${container} "smoke test of the new container: it failed (above)"`;
