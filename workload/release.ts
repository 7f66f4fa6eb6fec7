import type * as pulumi from "@pulumi/pulumi";
import { jobsUser } from "../lib/platform.js";
import { oneShotCommand } from "./one-shot.js";
import type { Platform } from "./platform.js";

/** What a release has to pass, as its steps need it. */
export interface Release {
  /** Name of the network that app and proxy share. */
  readonly network: pulumi.Input<string>;
  /** The smoke test, as the script `smoke` of the jobs image reads it; undefined where there is none. */
  readonly smoke?: { readonly input: string; readonly timeoutSeconds: number } | undefined;
  readonly drainSeconds: number;
  /** Of how many releases the images stay on the host. */
  readonly keepImages: number;
  /** Undefined where nothing is watched. */
  readonly watch?:
    | { readonly seconds: number; readonly minRequests: number; readonly maxErrorShare: number }
    | undefined;
}

/** A shell command that asks the smoke test's questions, which are in `$CHECKS`. */
export function smokeLine(
  name: string,
  { smoke, network }: Release & { readonly smoke: NonNullable<Release["smoke"]> },
  platform: Platform,
  words: readonly pulumi.Input<string>[],
): pulumi.Output<string> {
  const shot = {
    image: platform.toolsImage,
    command: ["/usr/local/bin/smoke", ...words],
    user: jobsUser,
    network,
    stdin: "",
    timeoutSeconds: smoke.timeoutSeconds + 30,
  };
  return oneShotCommand(name, shot, platform).apply(
    (line) => `printf '%s' "$CHECKS" | { ${line}; } >&2`,
  );
}
