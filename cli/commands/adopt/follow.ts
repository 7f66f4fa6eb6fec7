import { Failure } from "../../io/failure.js";
import { size } from "../../io/table.js";
import {
  copiedSoFar,
  slotOf,
  type Adoption,
  type Copied,
  type Copy,
  type SlotState,
} from "./adoption.js";

/** A copy that lacks less than this is caught up: the rest comes over while writes are paused. */
const nearBytes = 16 * 1048576;

/** Errors after which waiting on is of no use: the worker tries again by itself every few seconds. */
const mostErrors = 3;

/** Waits until every table is copied and the copy is close behind, and says how far it is. @throws Failure */
export async function followUntilNear(adoption: Adoption, copy: Copy): Promise<void> {
  const began = new Date();
  let before: number | undefined;
  for (let said = 0; ;) {
    const [copied, slot] = await Promise.all([copiedSoFar(adoption, copy), slotOf(adoption, copy)]);
    requireFollowing(copied, slot);
    before ??= copied.errors;
    if (copied.errors - before >= mostErrors) throw await stuck(adoption, began);
    if (isNear(copied, slot)) return;
    if (Date.now() - said > 5000) {
      adoption.run.say(`  … ${progressText(copied, slot)}`);
      said = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** True where every table is copied, and little of what was written since is missing. */
export function isNear(
  { subscribed, tables, ready }: Copied,
  slot: SlotState | undefined,
): boolean {
  return subscribed && ready === tables && slot !== undefined && slot.behind < nearBytes;
}

/** @throws Failure where a copy can't catch up any more */
export function requireFollowing({ subscribed }: Copied, slot: SlotState | undefined): void {
  const again = "Take it back (--back), and begin again (--begin).";
  if (!subscribed) throw new Failure(`The copy does not follow the old server any more. ${again}`);
  if (slot === undefined) {
    throw new Failure(`The old server has no slot for the copy any more. ${again}`);
  }
  if (slot.lost) {
    throw new Failure(
      `The old server has removed what the copy still needed, for more was written than max_slot_wal_keep_size. Raise that there. ${again}`,
    );
  }
}

/** Progress of a copy, for a person. */
export function progressText(
  { tables, ready, bytes }: Copied,
  slot: SlotState | undefined,
): string {
  const behind =
    slot === undefined
      ? ""
      : `, ${size(slot.behind)} of changes behind; the old server keeps ${size(slot.retained)} of log for it`;
  return `${String(ready)} of ${String(tables)} tables copied, ${size(bytes)}${behind}`;
}

/** The failure that the server's log has of the subscription's worker. */
async function stuck({ run, server }: Adoption, since: Date): Promise<Failure> {
  const logs = await run.of.docker(["logs", "--since", since.toISOString(), server]);
  const errors = `${logs.stdout}\n${logs.stderr}`
    .split("\n")
    .filter((line) => /\bERROR: /.test(line));
  const why = errors.at(-1)?.replace(/^.*\bERROR: +/, "") ?? "its log does not say why";
  return new Failure(
    `The copy does not get on: ${why}. The old server keeps its log for it meanwhile, which fills its disk: mend that and run the command again, or take it back: --back.`,
  );
}
