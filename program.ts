import * as pulumi from "@pulumi/pulumi";
import { Protection } from "#components/protection";
import { prefixOf, protectingSettings, type Settings } from "./config.js";
import { appOf } from "#program/app";
import { databaseOf } from "#program/database";
import { jobsOf, jobsPart } from "#program/jobs";
import { logsOf } from "#program/logs";
import { monitoringOf } from "#program/monitoring";
import { statusPageOf } from "#program/page";
import { namesPart } from "#program/names";
import { proxyOf, routeOf } from "#program/proxy";
import { redisOf } from "#program/redis";
import { servicesOf, servicesPart } from "#program/services";
import {
  dockerProviders,
  sharedOf,
  type Part,
  type ProgramContext,
  type Shared,
} from "#program/shared";
import { volumesOf } from "#program/volumes";

/** A whole stack of checked settings: its parts in order, outputs of one into the next. */
export class WholeStack extends pulumi.ComponentResource {
  /** The stack's outputs, by name. */
  readonly outputs: Readonly<Record<string, unknown>>;

  /** @param name of the component; nothing on the host bears it */
  constructor(
    name: string,
    settings: Settings,
    context: ProgramContext,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const gate =
      context.admitted === undefined ? {} : { dependsOn: nothingAfter(context.admitted) };
    const host = dockerProviders(settings, context.stack, gate);
    super("keelson:index:Stack", name, {}, { ...host, ...gate, ...opts });
    // Up to version 0.1 the components had no parent.
    const child = { parent: this, aliases: [{ parent: pulumi.rootStackResource }] };
    const shared = sharedOf(settings, context, child);
    const logs = logsOf(shared);
    const data = databaseOf(shared);
    const { proxy, ...edge } = proxyOf(shared);
    const redis = redisOf(shared);
    const names = namesPart(shared);
    const services = servicesOf(shared, { data, redis });
    const jobs = jobsOf(shared, { data, redis });
    const { app, ...application } = appOf(shared, { data, proxy, redis, services, jobs });
    const backed = data.volumes && { ...data.volumes, app, services: services.services, redis };
    const volumes = volumesOf(shared, backed);
    const route = routeOf(shared, { proxy, app });
    const further = servicesPart(services, app);
    const scheduled = jobsPart(jobs, app, route);
    const after = [...route.resources, ...scheduled.resources];
    const watching = { data, redis, proxy, jobs, after };
    const { monitoring: watcher, ...monitoring } = monitoringOf(shared, watching);
    const page = statusPageOf(shared, { monitoring: watcher, app, data, after });
    const clients = [data, further, volumes, route, scheduled, monitoring];
    const ended = data.endLogins?.(clients.flatMap(({ resources }) => resources));
    const parts = [
      logs,
      data,
      redis,
      names,
      edge,
      application,
      further,
      volumes,
      route,
      scheduled,
      monitoring,
      page,
      ...(ended === undefined ? [] : [ended]),
    ];
    protect(shared, parts);
    this.outputs = outputsOf(shared, parts);
    this.registerOutputs({});
  }
}

/** The program of a stack. Returns the stack's outputs. */
export function program(settings: Settings, context: ProgramContext) {
  return new WholeStack(prefixOf(settings, context.stack), settings, context).outputs;
}

/**
 * Nothing to depend on, known once a check has passed: the registration of a component waits for it, those of its
 * children for the component's, and the state tells of neither.
 */
function nothingAfter(admitted: Promise<unknown>): pulumi.Output<pulumi.Resource[]> {
  return pulumi.output(admitted.then(() => []));
}

/** A destroy comes to this first; images come before what is made of them. */
function protect({ name, settings, secrets, network, opts }: Shared, parts: readonly Part[]) {
  const args = {
    by: protectingSettings(settings),
    everything: [secrets, network, ...parts.flatMap(({ resources }) => resources)],
  };
  new Protection(`${name}-protection`, args, opts);
}

function outputsOf({ network, platform }: Shared, parts: readonly Part[]) {
  return {
    ...merged(parts.map(({ outputs }) => outputs)),
    containers: merged(parts.map(({ containers }) => containers)),
    dataNetwork: network.data,
    toolsImage: platform.toolsImage,
  };
}

/** All of some records in one; what is undefined is left out. */
function merged(records: readonly (Readonly<Record<string, unknown>> | undefined)[]) {
  const entries = records.flatMap((each) => Object.entries(each ?? {}));
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
