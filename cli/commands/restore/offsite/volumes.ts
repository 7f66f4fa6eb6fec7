import { secretSource } from "#config/secret-source";
import { readDocument } from "../../../documents/read.js";
import { foundVolumes, type FoundVolume } from "../../../documents/volumes.js";
import type { NewHost } from "./new-host.js";
import { offsiteVolumeFiles } from "../../../stack/offsite.js";
import { size } from "../../../io/table.js";
import { markedVolumes, placeOfVolume } from "../../../stack/volume-backups.js";

/** Brings volumes of the app that are backed up from an off-site repository. */
export class OffsiteVolumes {
  readonly #host: NewHost;

  public constructor(host: NewHost) {
    this.#host = host;
  }

  /** The newest complete snapshot of each up to a point in time. @param moment `latest`, or a time with its zone. @throws Failure */
  public async look(repository: number, moment: string): Promise<readonly FoundVolume[]> {
    if (markedVolumes(this.#host.context.settings).length === 0) return [];
    const printed = await this.#run(["look", String(repository), moment], []);
    return readDocument(foundVolumes, printed, "the snapshots");
  }

  /** Restores a volume; one that an earlier run has restored is left as it is. @throws Failure */
  public async restore(repository: number, { volume, snapshot }: FoundVolume): Promise<void> {
    if (snapshot === null) return;
    const { settings } = this.#host.context;
    const { role, workload } = placeOfVolume(settings, volume);
    await this.#host.makeVolume(role, workload, settings.app.user);
    const args = ["restore", String(repository), volume, snapshot.id];
    await this.#run(args, [`${this.#host.volume(role)}:/volume`]);
  }

  async #run(args: readonly string[], volumes: readonly string[]): Promise<string> {
    const { settings, target } = this.#host.context;
    const source = secretSource(settings, process.env, target.projectDirectory);
    return this.#host.run({
      role: "restore-volumes-offsite",
      user: settings.app.user,
      memoryMiB: 512,
      volumes,
      files: offsiteVolumeFiles(settings, target.stack, source),
      env: { VOLUMES: markedVolumes(settings).join(" "), STORE_DIR: "/tmp/store" },
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
