import { hostNames, type Settings } from "#config";
import { dockerAt, type Docker } from "#lib/docker";
import { ourContainers, type OurContainer } from "../io/docker.js";
import { Failure } from "../io/failure.js";
import { tail } from "#lib/run-process";
import { readDocument } from "../documents/read.js";
import {
  volumeInventory as volumeInventorySchema,
  type VolumeInventory,
  type VolumeProof,
} from "../documents/volumes.js";
import { proven, size, table } from "../io/table.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { StackOptions } from "../registrations/command.js";

/** The container that backs up volumes, and its stack. */
export interface VolumesContext {
  readonly docker: Docker;
  readonly settings: Settings;
  readonly stack: string;
  /** The container that does it. */
  readonly container: OurContainer;
  /** All containers of the stack. */
  readonly containers: readonly OurContainer[];
}

/** Names of the volumes that the settings mark; one of a service is `<service>-<volume>`. */
export function markedVolumes(settings: Settings): string[] {
  return volumesIn(settings).flatMap(({ name, backup }) => (backup ? [name] : []));
}

/** Names of the others. */
export function unmarkedVolumes(settings: Settings): string[] {
  return volumesIn(settings).flatMap(({ name, backup }) => (backup ? [] : [name]));
}

/** Last part of a volume's name on the host, and the role of what uses it. */
export function placeOfVolume(settings: Settings, volume: string) {
  const found = volumesIn(settings).find(({ name }) => name === volume);
  const workload = found?.workload ?? "app";
  return { role: `${workload}-${volume}`, workload };
}

function volumesIn({ app, services }: Settings) {
  const named = (workload: string, prefix: string, volumes: Settings["app"]["volumes"]) =>
    volumes.map(({ name, backup }) => ({ name: `${prefix}${name}`, backup, workload }));
  return [
    ...named("app", "", app.volumes),
    ...Object.entries(services).flatMap(([service, { volumes }]) =>
      named("service", `${service}-`, volumes),
    ),
  ];
}

/** The container that backs up volumes; undefined where none is marked. @throws Failure when it does not run */
export async function volumesContext(options: StackOptions): Promise<VolumesContext | undefined> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  if (markedVolumes(settings).length === 0) return undefined;
  const docker = dockerAt(settings.docker.host);
  const containers = await ourContainers(docker, ...hostNames(settings, target.stack));
  const container = containers.find(({ workload, running }) => workload === "volumes" && running);
  if (container !== undefined) {
    return { docker, settings, stack: target.stack, container, containers };
  }
  throw new Failure(
    `The stack ${target.stack} has no container that backs up volumes; run keelson up.`,
  );
}

/** Returns the backups of the volumes; undefined where no volume is marked. @throws Failure */
export async function volumeInventory(options: StackOptions): Promise<VolumeInventory | undefined> {
  const context = await volumesContext(options);
  if (context === undefined) return undefined;
  const { docker, container } = context;
  const result = await docker(["exec", container.id, "/usr/local/bin/volume-backup", "inventory"]);
  if (result.code === 0) {
    return readDocument(volumeInventorySchema, result.stdout, "the list of volumes' backups");
  }
  throw new Failure(`The backups of volumes can't be listed: ${tail(result)}`);
}

/** The same in lines for a person. */
export function volumeLines({ snapshots, repositories, lastRun }: VolumeInventory): string[] {
  return [
    ...repositories.map(provenLine),
    ...(lastRun?.error === null || lastRun?.error === undefined
      ? []
      : [`Failed: the last backup of volumes: ${lastRun.error}`]),
    ...repositories.flatMap(({ repository, ok, message }) =>
      ok ? [] : [`Failing: repository ${repository} of the volumes: ${message ?? ""}`],
    ),
    ...table(
      snapshots.map((each) => [
        "volume",
        each.volume,
        each.id.slice(0, 8),
        `repository ${each.repository}`,
        each.at,
        `${String(each.files)} files`,
        size(each.bytes),
        each.complete ? proven(each.provenAt) : "INCOMPLETE",
      ]),
    ),
  ];
}

function provenLine({ repository, drills }: VolumeInventory["repositories"][number]): string {
  const what = `Volumes${repository === "1" ? "" : `, repository ${repository}`}`;
  const { last } = drills;
  if (last === null) return `${what}: nothing is proven: no drill has run yet.`;
  return last.proven
    ? `${what}: proven: ${last.endedAt}, RTO ${String(last.rtoSeconds)} s.`
    : `${what}: NOT proven: the last drill, ${last.endedAt}: ${last.error ?? ""}`;
}

/** Returns the result of a drill of volumes, in lines for a person. */
export function volumeProofLines(proof: VolumeProof): string[] {
  return [
    proof.proven ? "Volumes: proven." : `Volumes: NOT proven: ${proof.error ?? ""}`,
    ...table(proof.checks.map(({ name, ok, detail }) => [ok ? "ok" : "FAILED", name, detail])),
    `RTO ${String(proof.rtoSeconds)} s.`,
  ];
}
