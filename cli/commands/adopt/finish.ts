import { Failure, messageOf } from "../../io/failure.js";
import { confirm } from "../../io/confirm.js";
import { withProgress } from "../../io/progress.js";
import { superuserPassword } from "#lib/superuser";
import { quoted } from "#lib/sql-text";
import { swapIn, type Swapped } from "../restore/swap.js";
import { copiedSoFar, here, slotOf, standing, type Adoption, type Copy } from "./adoption.js";
import { rowsIn, type Sums } from "./compare.js";
import { pauseSeconds, pauseText } from "./estimate.js";
import type { SourceFacts } from "./facts.js";
import { isNear, progressText, requireFollowing } from "./follow.js";
import { shown } from "./source.js";
import {
  appliedSql,
  cleanSql,
  endSessionsSql,
  pauseSql,
  refreshSql,
  resumeSql,
  sequencesSql,
  unsubscribeSql,
} from "./statements.js";
import { bothSums, requireEqual } from "./sums.js";

/** A copy that went live. */
interface Switched {
  readonly swapped: Swapped;
  /** Time at which writes were paused there, in milliseconds since 1970. */
  readonly pausedAt: number;
  readonly rows: Sums;
}

/**
 * Pauses writes on the old server, brings the rest over, compares, and puts the copy in the place of the stack's
 * database. Where that fails before the copy is live, the old database takes writes again.
 */
export async function finishCopy(adoption: Adoption, facts: SourceFacts): Promise<void> {
  const { run, old, relay } = adoption;
  const { copy } = await standing(adoption);
  if (copy === undefined) {
    throw new Failure("There is no copy to go live: begin one (--begin), or use --dump.");
  }
  const following = await requireReady(adoption, copy, facts);
  const compared = await rehearse(adoption, copy, facts);
  await confirm(
    `${pauseText(pauseSeconds("replication", facts.bytes, compared))} The database of ${run.of.stack} is exchanged for the copy, and kept alongside.`,
    run.of.stack,
    adoption.options,
  );
  const superuser = await superuserPassword(run.of.docker, adoption.server);
  const quick = typeof superuser === "string" ? { ...adoption, superuser } : adoption;
  const { swapped, pausedAt, rows } = await switchOver(quick, copy, facts, following);
  const seconds = (swapped.endedAt - pausedAt) / 1000;
  run.say(
    `Live here: ${String(rows.size)} tables, ${String(rowsIn(rows))} rows; 0 rows differ. Writes were paused for ${seconds.toFixed(1)} s.`,
  );
  try {
    await old.sql(cleanSql(copy.name));
    await relay.stop();
  } catch (error) {
    run.say(
      `What the adoption has left on the old server could not be removed (${messageOf(error)}): run the command again.`,
    );
  }
  for (const line of backText(adoption)) run.say(line);
}

/** Does what is left of a switch whose run has ended before its end. @returns true where there was something */
export async function finishedBefore(adoption: Adoption): Promise<boolean> {
  const { run, old } = adoption;
  const { copy, done, leftovers } = await standing(adoption);
  if (copy !== undefined || done?.keeps !== "before" || leftovers.length === 0) return false;
  run.say("The copy is live already; what it had on the old server is removed.");
  for (const name of leftovers) await old.sql(cleanSql(name));
  for (const line of backText(adoption)) run.say(line);
  return true;
}

/** Refuses a copy that can't go live. @returns true where it still follows @throws Failure */
async function requireReady(adoption: Adoption, copy: Copy, facts: SourceFacts): Promise<boolean> {
  const copied = await copiedSoFar(adoption, copy);
  if (copy.schema !== facts.schema) {
    throw new Failure(
      "Tables, columns, keys or sequences of the old database have changed since the copy was begun, and such changes are not replicated: take it back (--back) and begin again (--begin).",
    );
  }
  // A run that was ended between its last steps: nothing was written since, which the comparison shows.
  if (!copied.subscribed && facts.paused) return false;
  const slot = await slotOf(adoption, copy);
  requireFollowing(copied, slot);
  if (isNear(copied, slot)) return true;
  throw new Failure(
    `The copy has not caught up yet: ${progressText(copied, slot)}. Wait for it: run the command with --begin, which goes on.`,
  );
}

/** Does what needs no pause: rights, statistics, materialized views; compares once, to see how long that takes. */
async function rehearse(adoption: Adoption, copy: Copy, facts: SourceFacts): Promise<number> {
  const { run, database, old } = adoption;
  const owner = `SET ROLE ${quoted(`${database}_owner`)};\n`;
  const refreshed = here(adoption, copy.database, `${owner}${refreshSql}`);
  await withProgress(run.say, "refreshing materialized views", refreshed);
  const wanted = { rows: {}, largeObjects: 0, extensions: [...facts.extensions] };
  const env: Record<string, string> = {};
  const checked = run.place.check(copy.id, shown(old.source), wanted, env);
  await withProgress(run.say, "checking rights, and gathering statistics", checked);
  // It is checked, and is no restore that is ready: it follows.
  await run.place.step("restore-dump", "adopting", copy.id, "{}");
  const compared = bothSums(adoption, copy, facts);
  return (await withProgress(run.say, "comparing, to see how long it takes", compared)).seconds;
}

async function switchOver(
  adoption: Adoption,
  copy: Copy,
  facts: SourceFacts,
  following: boolean,
): Promise<Switched> {
  const { run } = adoption;
  const at: { paused?: number; rows?: Sums } = {};
  const what = { method: "restore-dump", id: copy.id, fresh: true, adopting: true } as const;
  try {
    const swapped = await swapIn({
      ...run,
      ...what,
      before: async () => {
        at.paused = Date.now();
        at.rows = await bringOver(adoption, copy, facts, following);
      },
    });
    return { swapped, pausedAt: at.paused ?? swapped.endedAt, rows: at.rows ?? new Map() };
  } catch (error) {
    throw await resumed(adoption, copy, error);
  }
}

/** With writes paused: waits until the copy has everything, and compares. @throws Failure */
async function bringOver(
  adoption: Adoption,
  copy: Copy,
  facts: SourceFacts,
  following: boolean,
): Promise<Sums> {
  const { old, run } = adoption;
  const pause = [
    pauseSql(old.source.database),
    endSessionsSql,
    ...(following ? [appliedSql(copy.name, mostSeconds)] : []),
    sequencesSql(facts.sequences.map(({ name }) => name)),
  ];
  const paused = old.sql(pause.join("\n"));
  const values = await withProgress(run.say, "pausing writes there, waiting for the rest", paused);
  const compared = bothSums(adoption, copy, facts, values);
  const { there, ours } = await withProgress(run.say, "comparing", compared);
  requireEqual(there, ours);
  if (following) await here(adoption, copy.database, unsubscribeSql(copy.name, true));
  return there;
}

/** Longest time for which writes are paused in the hope that the copy catches up. */
const mostSeconds = 60;

/** After a failure: what is not live here is live there. @returns the failure, with how things stand */
export async function resumed(
  adoption: Adoption,
  copy: Pick<Copy, "id">,
  error: unknown,
): Promise<Failure> {
  const { run, old } = adoption;
  const found = await run.place.find("restore-dump", copy.id);
  if (found?.keeps !== undefined) {
    return new Failure(
      `${messageOf(error)}\nThe old database stays read-only. To use that one again: keelson adopt with --back.`,
    );
  }
  try {
    await old.sql(resumeSql(old.source.database));
  } catch (left) {
    return new Failure(
      `${messageOf(error)}\nThe old database is still read-only: ${messageOf(left)}. Run the command with --back.`,
    );
  }
  return new Failure(
    `${messageOf(error)}\nThe old database takes writes again. Mend that and run the command again, or take the copy back (--back).`,
  );
}

/** Says what a person may do once the copy is live. */
export function backText({ old, run }: Pick<Adoption, "old" | "run">): string[] {
  return [
    `The old database (${shown(old.source)}) is read-only from now on, and nothing else of it was changed: lead your clients here, and stop what still runs there.`,
    `The way back: keelson adopt --from … --back --stack ${run.of.stack}; rows written here since then do not go with it, and stay here alongside.`,
    "What the stack had before is kept: keelson restore --discard removes it, and with it the way back.",
  ];
}
