import { hostNames, type Settings } from "#config";
import { stackVolumes, volumeGroups, type VolumeGroup } from "#config/backed-volumes";
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

/** A container that backs up the volumes of one owner, and its stack. */
export interface VolumesContext {
  readonly docker: Docker;
  readonly settings: Settings;
  readonly stack: string;
  readonly group: VolumeGroup;
  /** The container that does it. */
  readonly container: OurContainer;
  /** All containers of the stack. */
  readonly containers: readonly OurContainer[];
}

/** Names of the volumes that are backed up: one of a service is `<service>-<volume>`, one of a queue `redis-<name>`. */
export function markedVolumes(settings: Settings): string[] {
  return stackVolumes(settings).flatMap(({ name, backup }) => (backup ? [name] : []));
}

/** Names of the others. */
export function unmarkedVolumes(settings: Settings): string[] {
  return stackVolumes(settings).flatMap(({ name, backup }) => (backup ? [] : [name]));
}

/** The containers that back up volumes, one for each owner; none where no volume is backed up. @throws Failure when one does not run */
export async function volumesContexts(options: StackOptions): Promise<VolumesContext[]> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const groups = volumeGroups(settings);
  if (groups.length === 0) return [];
  const docker = dockerAt(settings.docker.host);
  const containers = await ourContainers(docker, ...hostNames(settings, target.stack));
  return groups.map((group) => {
    const container = containerOf(group, containers, settings);
    if (container !== undefined) {
      return { docker, settings, stack: target.stack, group, container, containers };
    }
    const names = group.volumes.map(({ name }) => name).join(", ");
    throw new Failure(
      `The stack ${target.stack} has no container that backs up volumes (${names}); run keelson up.`,
    );
  });
}

/** Of some containers the one that backs up the volumes of an owner; undefined where it does not run. */
export function containerOf(
  { owner }: VolumeGroup,
  containers: readonly OurContainer[],
  { app }: Settings,
): OurContainer | undefined {
  return containers.find(
    (each) => each.workload === "volumes" && each.running && (each.owner ?? app.user) === owner,
  );
}

/** Returns the backups of the volumes; undefined where none is backed up. @throws Failure */
export async function volumeInventory(options: StackOptions): Promise<VolumeInventory | undefined> {
  const contexts = await volumesContexts(options);
  if (contexts.length === 0) return undefined;
  const listed: VolumeInventory[] = [];
  for (const { docker, container, group } of contexts) {
    const args = ["exec", container.id, "/usr/local/bin/volume-backup", "inventory"];
    const result = await docker(args);
    if (result.code !== 0) {
      throw new Failure(`The backups of volumes can't be listed: ${tail(result)}`);
    }
    const what = "the list of volumes' backups";
    const one = readDocument(volumeInventorySchema, result.stdout, what);
    listed.push(contexts.length === 1 ? one : withNames(one, group));
  }
  return joined(listed);
}

function withNames(one: VolumeInventory, group: VolumeGroup): VolumeInventory {
  const volumes = group.volumes.map(({ name }) => name);
  return { ...one, repositories: one.repositories.map((each) => ({ ...each, volumes })) };
}

/** The lists of several owners as one. */
export function joined(listed: readonly VolumeInventory[]): VolumeInventory {
  const runs = listed.flatMap(({ lastRun }) => (lastRun === null ? [] : [lastRun]));
  const errors = runs.flatMap(({ error }) => (error === null ? [] : [error]));
  return {
    snapshots: listed.flatMap(({ snapshots }) => snapshots),
    repositories: listed.flatMap(({ repositories }) => repositories),
    lastRun: runs.length === 0 ? null : { error: errors.length === 0 ? null : errors.join("; ") },
  };
}

/** The same in lines for a person. */
export function volumeLines({ snapshots, repositories, lastRun }: VolumeInventory): string[] {
  return [
    ...repositories.map(provenLine),
    ...(lastRun?.error === null || lastRun?.error === undefined
      ? []
      : [`Failed: the last backup of volumes: ${lastRun.error}`]),
    ...repositories.flatMap(({ repository, volumes, ok, message }) =>
      ok ? [] : [`Failing: repository ${repository} of ${named(volumes)}: ${message ?? ""}`],
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

/** Names, where there are others as well. */
function named(volumes: readonly string[] | undefined): string {
  return volumes === undefined ? "the volumes" : `the volumes ${volumes.join(", ")}`;
}

function provenLine({
  repository,
  volumes,
  drills,
}: VolumeInventory["repositories"][number]): string {
  const names = volumes === undefined ? "" : ` ${volumes.join(", ")}`;
  const what = `Volumes${names}${repository === "1" ? "" : `, repository ${repository}`}`;
  const { last } = drills;
  if (last === null) return `${what}: nothing is proven: no drill has run yet.`;
  return last.proven
    ? `${what}: proven: ${last.endedAt}, RTO ${String(last.rtoSeconds)} s.`
    : `${what}: NOT proven: the last drill, ${last.endedAt}: ${last.error ?? ""}`;
}

/** The proofs of several owners as one. */
export function joinedProofs(proofs: readonly VolumeProof[]): VolumeProof | undefined {
  const [first, ...rest] = proofs;
  if (first === undefined) return undefined;
  return rest.reduce<VolumeProof>(
    (all, each) => ({
      ...all,
      proven: all.proven && each.proven,
      error: [all.error, each.error].filter((error) => error !== null).join("; ") || null,
      endedAt: each.endedAt,
      rtoSeconds: Math.round((all.rtoSeconds + each.rtoSeconds) * 10) / 10,
      snapshots: [...all.snapshots, ...each.snapshots],
      checks: [...all.checks, ...each.checks],
    }),
    first,
  );
}

/** Returns the result of a drill of volumes, in lines for a person. */
export function volumeProofLines(proof: VolumeProof): string[] {
  return [
    proof.proven ? "Volumes: proven." : `Volumes: NOT proven: ${proof.error ?? ""}`,
    ...table(proof.checks.map(({ name, ok, detail }) => [ok ? "ok" : "FAILED", name, detail])),
    `RTO ${String(proof.rtoSeconds)} s.`,
  ];
}
