import { Failure } from "../../io/failure.js";
import type { Say } from "../../io/progress.js";
import type { AnyRestoreOptions } from "../../registrations/restore.js";

/** `keelson restore`: of a volume, on a new host, or of the database here; only that one is loaded. @throws Failure */
export async function restoreAny(options: AnyRestoreOptions, say: Say): Promise<void> {
  const { volume, offsite, ...rest } = options;
  if (volume !== undefined) {
    const { restoreVolume } = await import("./volume.js");
    await restoreVolume({ ...rest, volume }, say);
  } else if (offsite !== undefined) {
    const { restoreOffsite } = await import("./offsite.js");
    await restoreOffsite({ ...rest, offsite }, say);
  } else if (rest.into !== undefined || rest.list === true) {
    const { alongside } = await import("./alongside.js");
    await alongside(rest, say);
  } else {
    if (rest.replace === true) throw new Failure("--replace goes with --into.");
    if (rest.snapshot !== undefined) throw new Failure("--snapshot goes with --volume.");
    const { restore } = await import("../restore.js");
    await restore(rest, say);
  }
}
