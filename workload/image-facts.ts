import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { ImageFacts } from "#lib/image-facts";

/** Returns the facts that the step has read from the image. */
export function imageFacts(step: command.local.Command): pulumi.Output<ImageFacts> {
  return step.stdout.apply((text) =>
    // The step of an earlier version prints nothing of the kind.
    text.startsWith("{") ? (JSON.parse(text) as ImageFacts) : { healthcheck: false },
  );
}
