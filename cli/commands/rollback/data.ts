import { Failure, messageOf } from "../../io/failure.js";
import type { StackOptions } from "../../registrations/command.js";
import type { Release } from "../../stack/releases.js";
import type { Say } from "../../io/progress.js";
import { agreed, cleared } from "../restore.js";
import { differences } from "../restore/judge.js";
import { stageRestore, type StagedRestore } from "../restore/prepare.js";
import { openRestore, type RestoreRun } from "../restore/run.js";
import { backedUp, finishInterrupted, swapIn, type Swapped } from "../restore/swap.js";
import { planText } from "../restore/text.js";
import { dataBefore, type DataBefore } from "./judge.js";
import { stackFlags } from "../../project/target.js";

interface DataRollback {
  readonly all: readonly Release[];
  readonly to: Release;
  /** Says what changes of the app. */
  readonly announce: () => void;
  /** Makes the earlier release live. */
  readonly goLive: () => Promise<void>;
}

/** `keelson rollback --with-data`: the data of before the migration first, then the image that they belong to. */
export async function rollbackWithData(
  options: StackOptions & { readonly yes?: boolean },
  going: DataRollback,
  say: Say,
): Promise<void> {
  const from = dataBefore(going.all, going.to, stackFlags(options));
  if ("refusal" in from) throw new Failure(from.refusal);
  await goBack(await openRestore(options, say), from, going, options);
}

/** Puts the data live, lets go of the stack, then has the release go live. @throws Failure that says what is live */
export async function goBack(
  run: RestoreRun,
  from: Exclude<DataBefore, { readonly refusal: string }>,
  { to, announce, goLive }: Omit<DataRollback, "all">,
  options: StackOptions & { readonly yes?: boolean },
): Promise<void> {
  const { say } = run;
  const flags = stackFlags(options);
  let swapped: Swapped;
  try {
    if ((await finishInterrupted(run)) !== undefined) {
      say("Run the command again to roll back.");
      return;
    }
    const request = { kind: from.kind, asked: from.asked };
    const ready = await stageRestore(run, request, (await cleared(run)).kept, {});
    announce();
    say(`With the data of before ${from.release.id} (begun ${from.release.begin}):`);
    for (const line of planText(request, ready.prepared)) say(line);
    await agreed(run, ready, options);
    const before = () => saveWrites(run, ready);
    swapped = await swapIn({ ...run, ...ready, before, stay: true });
  } finally {
    // A release takes the stack for itself.
    await run.release();
  }
  try {
    await goLive();
  } catch (error) {
    throw new Failure(
      `The data are those of before ${from.release.id}, but ${to.id} is not live: ${messageOf(error)}\n` +
        `Maintenance stays on. Try it again: npx keelson rollback ${flags} --to ${to.id} --keep-data\n` +
        `or take the data back: npx keelson restore ${flags} --undo; then npx keelson maintenance off ${flags}`,
    );
  }
  if (swapped.wasOn) say("Maintenance stays on, as it was: keelson maintenance off.");
  else await letIn(run, to.id);
  await backedUp(run);
  say("What was live before is kept: keelson restore --undo brings it back, beneath this release.");
}

async function letIn({ services }: RestoreRun, release: string): Promise<void> {
  try {
    await services.maintenance("off");
  } catch (error) {
    throw new Failure(
      `The release ${release} is live with the data of before, but maintenance could not be turned off: ` +
        `${messageOf(error)} Turn it off: keelson maintenance off.`,
    );
  }
}

/** With nobody writing any more: what is not in the restored data, by its rows, and as a dump. */
async function saveWrites(
  { place, services, say }: RestoreRun,
  { prepared }: StagedRestore,
): Promise<void> {
  const name = await services.dump();
  const live = await place.count(prepared.restoredXid);
  const since = differences(live.rows, prepared.rows, live.written ?? {});
  const text = since.map(({ table, live: now, restored, written }) => {
    const count = (rows: number | null) => (rows === null ? "not there" : String(rows));
    const rows = `${count(now)} rows now, before: ${count(restored)}`;
    return live.written == null ? `${table} (${rows})` : `${table} ${written} (${rows})`;
  });
  say(`Rows written since: ${text.length === 0 ? "none" : text.join(", ")}.`);
  say(`All of it is saved as the dump ${name}.`);
}
