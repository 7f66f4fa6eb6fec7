import { confirm } from "../../io/confirm.js";
import { Failure } from "../../io/failure.js";
import { restoreInto } from "../restore.js";
import { undoable } from "../restore/judge.js";
import { here, standing, type Adoption, type Copy } from "./adoption.js";
import { differenceText, unequal } from "./compare.js";
import type { SourceFacts } from "./facts.js";
import { shown } from "./source.js";
import { cleanSql, resumeSql, unsubscribeSql } from "./statements.js";
import { sumsOf } from "./sums.js";

/**
 * The way back: a copy that is not live is removed with all that it has on the old server; one that is live is exchanged
 * for what was live before, and kept. The old database takes writes again in any case.
 */
export async function takeBack(adoption: Adoption, facts: SourceFacts): Promise<void> {
  const { run, old } = adoption;
  const { copy, done, leftovers } = await standing(adoption);
  const live = copy === undefined && done?.keeps === "before";
  if (live) await undo(adoption, facts, done.id);
  else if (copy === undefined && leftovers.length === 0 && !facts.paused) {
    run.say(
      "There is nothing to take back: no adoption is under way, and the old database takes writes.",
    );
    return;
  }
  await old.sql(resumeSql(old.source.database));
  run.say(`The old database (${shown(old.source)}) takes writes.`);
  await removeCopy(adoption, copy, leftovers);
  run.say(
    live
      ? "Lead your clients back to it. What was written here is kept alongside: keelson restore --undo puts it back in place, keelson restore --discard removes it."
      : "The copy is removed, and with it what the old server kept for it.",
  );
}

/** Removes a copy, and what it has on the old server. @throws Failure */
export async function removeCopy(
  adoption: Adoption,
  copy: Copy | undefined,
  leftovers: readonly string[],
): Promise<void> {
  const { run, old } = adoption;
  if (copy !== undefined) {
    // Its slot is removed below, with what else there is.
    await here(adoption, copy.database, unsubscribeSql(copy.name, true)).catch(() =>
      here(adoption, copy.database, unsubscribeSql(copy.name, false)),
    );
  }
  for (const name of new Set([...leftovers, ...(copy === undefined ? [] : [copy.name])])) {
    await old.sql(cleanSql(name));
  }
  if (copy !== undefined) await run.place.step("restore-dump", "discard", copy.id);
}

/** The same where the old server does not answer, once a person agrees: what it has is named. @throws Failure */
export async function removeCopyHere(
  adoption: Adoption,
  copy: Copy | undefined,
  why: Failure,
): Promise<void> {
  const { run, options } = adoption;
  if (copy === undefined) throw why;
  run.say(`The old server does not answer as it should: ${why.message}`);
  await confirm(
    "The copy can be removed here alone; what it has on the old server stays there, and its slot fills that one's disk.",
    options.stack,
    options,
  );
  await here(adoption, copy.database, unsubscribeSql(copy.name, false));
  await run.place.step("restore-dump", "discard", copy.id);
  run.say(
    `The copy is removed. On the old server a slot is left, for which it keeps its log until the disk is full: run there SELECT pg_drop_replication_slot('${copy.name}'); DROP PUBLICATION "${copy.name}"; ALTER DATABASE "${adoption.old.source.database}" RESET default_transaction_read_only;`,
  );
}

async function undo(adoption: Adoption, facts: SourceFacts, id: string): Promise<void> {
  const { run, old, database, options } = adoption;
  const kept = await run.place.kept(true);
  const last = undoable(kept);
  if (last?.id !== id) {
    throw new Failure(
      `A later restore (${last?.id ?? "unknown"}) is live, and not what was adopted: undo that first (keelson restore --undo).`,
    );
  }
  const tables = facts.tables.map(({ name }) => name);
  const [there, ours] = await Promise.all([
    sumsOf((sql) => old.sql(sql), tables),
    sumsOf((sql) => here(adoption, database, sql), await tablesHere(adoption, tables)),
  ]);
  const written = differenceText(unequal(there, ours));
  for (const line of [
    ...(written.length === 0
      ? ["Nothing was written here since the switch."]
      : [
          "Rows that were written here since the switch do not go to the old server; they stay here, alongside. Tables that differ:",
          ...written,
        ]),
  ]) {
    run.say(line);
  }
  await confirm(
    `This puts what was live before the adoption back in place, and lets the old database be written to.`,
    options.stack,
    options,
  );
  await restoreInto(run, { kind: "undo" }, { ...run.options, yes: true });
}

/** Those of the tables that are here still. */
async function tablesHere(adoption: Adoption, tables: readonly string[]): Promise<string[]> {
  const { database } = adoption;
  const found = await here(
    adoption,
    database,
    "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r';",
  );
  const names = new Set(found.split("\n"));
  return tables.filter((each) => names.has(each));
}
