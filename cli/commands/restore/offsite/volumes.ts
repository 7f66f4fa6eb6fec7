import { volumeVariables } from "#components/backup/volumes";
import {
  larger,
  queueMemory,
  queuesIn,
  volumeGroups,
  type VolumeGroup,
} from "#config/backed-volumes";
import { secretSource } from "#config/secret-source";
import { mebibytes } from "#lib/size";
import { readDocument } from "../../../documents/read.js";
import { foundVolumes, type FoundVolume } from "../../../documents/volumes.js";
import type { NewHost } from "./new-host.js";
import { offsiteVolumeFiles } from "../../../stack/offsite.js";
import { size } from "../../../io/table.js";

/** A volume of a stack with the snapshot that would be restored into it. */
export interface OffsiteVolume extends FoundVolume {
  readonly group: VolumeGroup;
}

/** Brings the volumes that are backed up from an off-site repository. */
export class OffsiteVolumes {
  readonly #host: NewHost;

  public constructor(host: NewHost) {
    this.#host = host;
  }

  /** The newest complete snapshot of each up to a point in time. @param moment `latest`, or a time with its zone. @throws Failure */
  public async look(repository: number, moment: string): Promise<readonly OffsiteVolume[]> {
    const found: OffsiteVolume[] = [];
    for (const group of volumeGroups(this.#host.context.settings)) {
      const printed = await this.#run(group, ["look", String(repository), moment], []);
      const volumes = readDocument(foundVolumes, printed, "the snapshots");
      found.push(...volumes.map((each) => ({ ...each, group })));
    }
    return found;
  }

  /** Restores a volume; one that an earlier run has restored is left as it is. @throws Failure */
  public async restore(repository: number, of: OffsiteVolume): Promise<void> {
    const { group, volume, snapshot } = of;
    const place = group.volumes.find(({ name }) => name === volume);
    if (snapshot === null || place === undefined) return;
    await this.#host.makeVolume(place.role, place.workload, group.owner);
    const args = ["restore", String(repository), volume, snapshot.id];
    await this.#run(group, args, [`${this.#host.volume(place.role)}:/volume`]);
  }

  async #run(
    group: VolumeGroup,
    args: readonly string[],
    volumes: readonly string[],
  ): Promise<string> {
    const { settings, target } = this.#host.context;
    const source = secretSource(settings, process.env, target.projectDirectory);
    const names = group.volumes.map(({ name }) => name);
    return this.#host.run({
      role: "restore-volumes-offsite",
      user: group.owner,
      memoryMiB: mebibytes(larger(queueMemory(group, settings), "512MiB")),
      volumes,
      files: offsiteVolumeFiles(settings, target.stack, group, source),
      env: { ...volumeVariables(names, queuesIn(group)), STORE_DIR: "/tmp/store" },
      command: ["/usr/local/bin/restore-volume-offsite", ...args],
    });
  }
}

/** Returns the snapshot that would be restored, for a person who is about to decide. */
export function foundVolumeText({ volume, snapshot }: FoundVolume): string {
  if (snapshot === null) return `Nothing is there of the volume ${volume}; it begins empty.`;
  const { id, at, files, bytes } = snapshot;
  return `The volume ${volume} is restored as it was at ${at}: ${String(files)} files, ${size(bytes)} (${id.slice(0, 8)}).`;
}
