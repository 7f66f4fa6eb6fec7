import { Logs } from "#components/logs";
import { shippingSecrets } from "#components/logs/facts";
import { optionalSecret } from "#components/secrets";
import { namesOf } from "#config";
import type * as pulumi from "@pulumi/pulumi";
import type { Part, Shared } from "./shared.js";

/** Returns the part that keeps the stack's log lines, and ships them, where the settings say so. */
export function logsOf(shared: Shared): Part {
  const { name, settings, context, platform, network, image, opts, secrets } = shared;
  if (!settings.logs.enabled) return { resources: [] };
  const { app, stack } = namesOf(settings, context.stack);
  const values = shippingSecrets(settings.logs).flatMap(
    ({ file, secret }): [string, pulumi.Output<string>][] => {
      const value = optionalSecret(secrets, secret);
      return value === undefined ? [] : [[file, value]];
    },
  );
  const args = {
    settings: settings.logs,
    image: image("logs"),
    labels: { project: app, stack },
    network: network.edge,
    secrets: Object.fromEntries(values),
  };
  const logs = new Logs(`${name}-logs`, args, platform, opts);
  const shipper = logs.shipperName === undefined ? {} : { "log-shipper": logs.shipperName };
  return { resources: [logs], containers: { logs: logs.containerName, ...shipper } };
}
