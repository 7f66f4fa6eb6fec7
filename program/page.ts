import type { App } from "#components/app";
import type { Monitoring } from "#components/monitoring";
import { StatusPage } from "#components/page";
import { publicUrl } from "#components/proxy/settings";
import { servedPage } from "#config/private-paths";
import type { PageSettings } from "#page/stack/answer";
import type * as pulumi from "@pulumi/pulumi";
import type { DataPart } from "./database.js";
import type { Part, Shared } from "./shared.js";

interface Shown {
  /** Undefined where the stack is not watched. */
  readonly monitoring: Monitoring | undefined;
  readonly app: App;
  /** Resources that have to be there before: those that end a release. */
  readonly after: readonly pulumi.Resource[];
  readonly data: DataPart;
}

/** Returns the status page of the stack, where the settings have it. */
export function statusPageOf(shared: Shared, { monitoring, app, data, after }: Shown): Part {
  const { name, settings, platform, network, image, opts } = shared;
  const served = servedPage(settings);
  const figures = monitoring?.pageVolume;
  if (served === undefined || monitoring === undefined || figures === undefined) {
    return { resources: [] };
  }
  const page: PageSettings = {
    name,
    url: publicUrl(settings.proxy),
    public: served.public === true,
    jobs: served.public === true ? {} : schedulesOf(shared),
    dumpsAlone: data.external,
  };
  const args = {
    image: image("page"),
    network: network.edge,
    page,
    figures,
    monitoring: monitoring.containerName,
    record: app.record,
  };
  const made = new StatusPage(`${name}-page`, args, platform, { ...opts, dependsOn: [...after] });
  return { resources: [made], containers: { page: made.containerName } };
}

function schedulesOf({ settings }: Shared): Record<string, string> {
  const all = Object.entries(settings.jobs).map(([name, { schedule, timeZone }]) => [
    name,
    timeZone === "UTC" ? schedule : `${schedule} (${timeZone})`,
  ]);
  return Object.fromEntries(all) as Record<string, string>;
}
