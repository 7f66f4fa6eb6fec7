import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { gate, gateEnvironment } from "../workload/gate.js";
import { dockerCommand } from "../workload/one-shot.js";
import type { Platform } from "../workload/platform.js";
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
    { create: imageScript, environment: { IMAGE: image } },
    platform,
    opts,
  );
}

/** Asks the new container the smoke test's questions; undefined where the settings have none. */
export function smokeStep(
  name: string,
  container: { readonly name: pulumi.Input<string>; readonly port: number },
  release: Release,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command | undefined {
  const url = pulumi.interpolate`http://${container.name}:${container.port}`;
  const line = smokeLine(`${name}-ask`, release, platform, [url]);
  if (line === undefined) return undefined;
  const environment = {
    ...gateEnvironment(platform),
    CONTAINER: container.name,
    CHECKS: release.smoke?.input ?? "",
  };
  return dockerCommand(name, { create: line.apply(smokeScript), environment }, platform, opts);
}

const imageScript = `if ! docker image inspect "$IMAGE" >/dev/null 2>&1; then
  timeout 600 docker pull --quiet "$IMAGE" >&2 || {
    echo "image: $IMAGE is neither on the Docker host nor to be had from its registry; correct app.image, or bring it there" >&2
    exit 1
  }
fi
has=$(docker image inspect --format '{{.Architecture}}' "$IMAGE") || exit 1
host=$(docker version --format '{{.Server.Arch}}') || exit 1
[ "$has" = "$host" ] && exit 0
echo "image: $IMAGE is for $has and the Docker host is $host; build it for $host" >&2
exit 1`;

const smokeScript = (smoke: string) => `${gate}
start_again "$CONTAINER"
wait_healthy "$CONTAINER" 60 || give_up "$CONTAINER" "smoke test: the container is $health, not healthy"
${smoke} || give_up "$CONTAINER" "smoke test of the new container: it failed (above)"`;
