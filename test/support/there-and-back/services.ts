import { servicesOf } from "#release/services/described";
import type { StandInContainer, StandInHost } from "./host.js";
import { labelOf } from "./labels.js";

/** What the steps of a release do to the services of a stand-in host, as release/services does it. */
export function runServices(
  host: StandInHost,
  name: string,
  environment: Readonly<Record<string, string>>,
): void {
  if (name !== "services-start" && name !== "services-exchange" && name !== "proxy-route") return;
  const services = servicesOf({ environment });
  for (const { name: each, exclusive, containers } of services) {
    if (exclusive && name === "services-start" && hasOld(host, each, containers)) continue;
    for (const id of containers) {
      if (exclusive) stopOthers(host, id, containers);
      else if (name === "services-exchange") continue;
      bringUp(host, id);
    }
  }
  if (name !== "proxy-route") return;
  host.live = services.flatMap(({ containers }) => containers);
  for (const each of servicesOn(host)) if (!host.live.includes(each.id)) takeDown(each);
}

/** Whether another container of a service runs or is in service. */
function hasOld(host: StandInHost, service: string, containers: readonly string[]): boolean {
  return servicesOn(host).some(
    (each) =>
      serviceOf(each) === service &&
      !containers.includes(each.id) &&
      (each.running || host.live.includes(each.id)),
  );
}

/** A release that failed leaves the services as they were: what it has started stops, what it has stopped starts. */
export function standDown(host: StandInHost): void {
  const all = servicesOn(host);
  for (const each of all) if (!host.live.includes(each.id) && each.running) takeDown(each);
  for (const each of all) if (host.live.includes(each.id)) bringUp(host, each.id);
}

/** The service that a container is of; undefined of another. */
export function serviceOf({ inputs }: Pick<StandInContainer, "inputs">): string | undefined {
  return labelOf(inputs, "dev.keelson.service");
}

/** Whether there is never more than one of it. */
export function isExclusive({ inputs }: Pick<StandInContainer, "inputs">): boolean {
  return labelOf(inputs, "dev.keelson.exclusive") !== undefined;
}

function servicesOn(host: StandInHost): StandInContainer[] {
  return [...host.containers.values()].filter((each) => serviceOf(each) !== undefined);
}

function stopOthers(host: StandInHost, id: string, own: readonly string[]): void {
  const container = host.named(id);
  const service = container === undefined ? undefined : serviceOf(container);
  for (const each of servicesOn(host))
    if (each.running && serviceOf(each) === service && !own.includes(each.id)) takeDown(each);
}

function bringUp(host: StandInHost, id: string): void {
  const container = host.named(id);
  if (container === undefined) throw new Error(`no such container: ${id}`);
  container.wanted = true;
  if (!container.running) host.start(container);
}

function takeDown(container: StandInContainer): void {
  container.wanted = false;
  container.running = false;
}
