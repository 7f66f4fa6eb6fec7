import { randomBytes } from "node:crypto";
import type { Properties } from "#engine/values";
import { objects, text } from "#engine/providers/shape";
import { labelOf } from "./labels.js";
import { isExclusive, serviceOf } from "./services.js";

/** A container of the stand-in host. */
export interface StandInContainer {
  readonly id: string;
  readonly name: string;
  inputs: Properties;
  running: boolean;
  /** It has been started once. */
  started: boolean;
  /** Its restart policy has Docker start it again. */
  wanted: boolean;
}

/** A record of a release, as the proxy keeps it. */
export interface StandInRelease {
  readonly id: string;
  readonly content: string;
  result: "running" | "live" | "failed";
}

/** Says whether a step is to fail; gets `<operation> <type> <name>`, such as `run Command app-smoke`. */
export type Failing = (step: string) => boolean;

/**
 * A Docker host in memory that refuses what Docker refuses: a second container of a name or a port, the removal of a
 * volume or network that is in use. It notes what no run may do.
 */
export class StandInHost {
  readonly containers = new Map<string, StandInContainer>();
  /** Content of each volume by its name; empty until something is written to it. */
  readonly volumes = new Map<string, string>();
  /** What each volume is labelled to be of, by its name. */
  readonly workloads = new Map<string, string>();
  readonly networks = new Map<string, string>();
  readonly releases: StandInRelease[] = [];
  /** Names of the containers that the proxy routes to. */
  routed: string[] = [];
  /** Ids of the containers of services that are in service, as the proxy's volume keeps them. */
  live: readonly string[] = [];
  /** Images and commands whose migration has passed on the data. */
  readonly migrated = new Set<string>();
  /** Every step that had an effect, in order. */
  readonly steps: string[] = [];
  /** What went wrong that no message tells of. */
  readonly violations: string[] = [];
  failing: Failing = () => false;

  /** Notes a step. @throws Error where it is to fail */
  step(what: string): void {
    this.steps.push(what);
    if (this.failing(what)) throw new Error(`${what}: made to fail`);
  }

  /** As Docker does it: one that is there stays as it is. */
  createVolume(inputs: Properties): void {
    const name = text(inputs["name"]);
    if (this.volumes.has(name)) return;
    this.volumes.set(name, "");
    this.workloads.set(name, labelOf(inputs, "dev.keelson.workload") ?? "");
  }

  removeVolume(name: string): void {
    const user = [...this.containers.values()].find((each) => mounts(each.inputs).includes(name));
    if (user !== undefined) throw new Error(`remove ${name}: volume is in use - [${user.name}]`);
    this.volumes.delete(name);
  }

  createContainer(inputs: Properties): StandInContainer {
    const name = text(inputs["name"]);
    if ([...this.containers.values()].some((each) => each.name === name))
      throw new Error(`the container name "${name}" is in use`);
    for (const volume of mounts(inputs)) this.expectVolume(volume, name);
    const id = randomBytes(8).toString("hex");
    const container = { id, name, inputs, running: false, started: false, wanted: true };
    this.containers.set(id, container);
    return container;
  }

  /** @throws Error where another one has its port */
  start(container: StandInContainer): void {
    const taken = [...this.containers.values()]
      .filter((each) => each !== container && each.running)
      .flatMap((each) => ports(each.inputs));
    const port = ports(container.inputs).find((each) => taken.includes(each));
    if (port !== undefined) throw new Error(`port ${port} is already allocated`);
    const twin = isExclusive(container) ? this.twinOf(container) : undefined;
    if (twin !== undefined)
      this.violations.push(`${container.name} was started while ${twin.name} ran`);
    container.running = true;
    container.started = true;
  }

  /** Another container of the same service that runs. */
  private twinOf(container: StandInContainer): StandInContainer | undefined {
    return [...this.containers.values()].find(
      (each) => each !== container && each.running && serviceOf(each) === serviceOf(container),
    );
  }

  removeContainer(id: string): void {
    const container = this.containers.get(id);
    if (container === undefined) return;
    if (container.running && this.routed.includes(container.name))
      this.violations.push(`${container.name} was deleted while the proxy routed to it`);
    if (container.running && this.live.includes(id))
      this.violations.push(`${container.name} was deleted while it was in service`);
    this.containers.delete(id);
  }

  removeNetwork(id: string): void {
    const name = this.networks.get(id);
    const user = [...this.containers.values()].find((each) =>
      objects(each.inputs["networksAdvanced"]).some((network) => network["name"] === name),
    );
    if (user !== undefined)
      throw new Error(`network ${name ?? id} has active endpoints (${user.name})`);
    this.networks.delete(id);
  }

  named(name: string): StandInContainer | undefined {
    return [...this.containers.values()].find((each) => each.name === name || each.id === name);
  }

  /** Names of the volumes that a container mounts. */
  mounted(inputs: Properties): string[] {
    return mounts(inputs);
  }

  /** A volume that something mounts: Docker would make an empty one without a word. */
  expectVolume(volume: string, user: string): void {
    const content = this.volumes.get(volume);
    if (content === undefined) this.violations.push(`${user} mounts ${volume}, which is gone`);
    else if (/-secrets-/.test(volume) && content === "")
      this.violations.push(`${user} mounts ${volume}, which is empty`);
  }
}

/** Names of the volumes that a container mounts; folders of the host are none. */
export function mounts(inputs: Properties): string[] {
  const volumes = objects(inputs["volumes"]).filter((each) => each["hostPath"] === undefined);
  return volumes.map((each) => text(each["volumeName"]));
}

function ports(inputs: Properties): string[] {
  return objects(inputs["ports"]).map(
    (each) => `${text(each["ip"])}:${JSON.stringify(each["external"])}`,
  );
}
