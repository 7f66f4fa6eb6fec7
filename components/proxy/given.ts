import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "#workload/platform";
import { secretDigests, secretLines } from "#workload/secret-files";
import { releaseStep } from "#workload/step";
import type { Proxy } from "../proxy.js";

/** Certificates of the user's own: certificate, chain and key in one PEM each, by the name of the file. */
export type GivenCertificates = Readonly<Record<string, pulumi.Input<string>>>;

/**
 * The step that puts certificates of the user's own into service while the proxy runs: a renewed one replaces no
 * container and closes no connection.
 */
export function givenStep(
  name: string,
  { proxy, given }: { readonly proxy: Proxy; readonly given: GivenCertificates },
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const values = pulumi.secret(given);
  const digests = pulumi
    .all([values, platform.hashKey])
    .apply(([known, key]) => secretDigests(known, key));
  return releaseStep(
    name,
    "certificates",
    {
      stdin: values.apply(secretLines),
      environment: {
        PROXY: proxy.containerName,
        // Another container may be on another volume.
        PROXY_ID: proxy.running.containerId,
        NAMES: Object.keys(given).join(" "),
        // So that a preview can name the certificates that changed.
        SECRETS: pulumi.unsecret(digests),
      },
      undo: "certificates-remove",
    },
    platform,
    opts,
  );
}
