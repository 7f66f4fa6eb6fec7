import { proof as proofSchema } from "../documents/backups.js";
import { readDocument } from "../documents/read.js";
import { volumeProof, type VolumeProof } from "../documents/volumes.js";
import { proofText } from "./backups.js";
import { awaitFirstBackup } from "./drill/first-backup.js";
import { Failure } from "../io/failure.js";
import { withProgress, type Say } from "../io/progress.js";
import { tail } from "#lib/run-process";
import type { DrillOptions } from "../registrations/drill.js";
import { workloadOf } from "../stack/container.js";
import { offsiteNumbers } from "../stack/offsite.js";
import { joinedProofs, volumeProofLines, volumesContexts } from "../stack/volume-backups.js";

/** `keelson drill now`: restores into a scratch server and looks whether everything is there. */
export async function drillNow(options: DrillOptions, say: Say): Promise<void> {
  if (options.random === true && options.at !== undefined) {
    throw new Failure("--random and --at are two targets; give one.");
  }
  const { docker, id, settings } = await workloadOf(
    options,
    options.offsite === undefined ? "drill" : "drill-offsite",
  );
  if (options.at !== undefined && settings.database.externalUrlSecret !== undefined) {
    throw new Failure(
      "--at: the database is external: of it there are dumps, and no points in time; leave it out, or say --random.",
    );
  }
  const target = options.at ?? (options.random === true ? "random" : "latest");
  const { offsite } = options;
  const numbers = offsite === undefined ? [undefined] : offsiteNumbers(settings, offsite);
  const quiet = () => undefined;
  let proven = true;
  for (const number of numbers) {
    if (options.at === undefined) {
      const backup = await workloadOf(options, "backup");
      await awaitFirstBackup(docker, backup.id, number ?? 1, options.json === true ? quiet : say);
    }
    const which = number === undefined ? [] : [String(number)];
    const run = docker(["exec", id, "/usr/local/bin/drill", target, ...which]);
    const what = number === undefined ? "drill" : `drill from repository ${String(number)}`;
    const result = await (options.json === true ? run : withProgress(say, what, run));
    if (!result.stdout.startsWith("{")) throw new Failure(`The drill did not run: ${tail(result)}`);
    const proof = readDocument(proofSchema, result.stdout, "the proof of the drill");
    // A point in time is one of the database: volumes have snapshots.
    const volumes = options.at === undefined ? await drillVolumes(options, which, say) : undefined;
    if (options.json === true) {
      say(JSON.stringify({ ...proof, ...(volumes === undefined ? {} : { volumes }) }));
    } else {
      for (const line of proofText(proof)) say(line);
      for (const line of volumes === undefined ? [] : volumeProofLines(volumes)) say(line);
    }
    proven &&= result.code === 0 && proof.proven && volumes?.proven !== false;
  }
  if (!proven) throw new Failure("The backups of this stack are not proven.");
}

/** The same of the volumes that are backed up; undefined where there are none. @throws Failure */
async function drillVolumes(
  options: DrillOptions,
  which: readonly string[],
  say: Say,
): Promise<VolumeProof | undefined> {
  const target = options.random === true ? "random" : "latest";
  const args = ["/usr/local/bin/drill-volumes", target, ...which];
  const proofs: VolumeProof[] = [];
  for (const { docker, container } of await volumesContexts(options)) {
    const run = docker(["exec", container.id, ...args]);
    const result = await (options.json === true ? run : withProgress(say, "drill of volumes", run));
    if (!result.stdout.startsWith("{")) {
      throw new Failure(`The drill of volumes did not run: ${tail(result)}`);
    }
    const proof = readDocument(volumeProof, result.stdout, "the proof of the volumes");
    proofs.push({ ...proof, proven: proof.proven && result.code === 0 });
  }
  return joinedProofs(proofs);
}
