import { basename } from "node:path";
import { Failure, messageOf } from "../io/failure.js";
import { Dump, type ReadDump } from "./import/dump.js";
import { dumpFile } from "./import/file.js";
import { withProgress, type Say } from "../io/progress.js";
import { timeId } from "../io/time-id.js";
import { agreed, cleared } from "./restore.js";
import type { Rows } from "../documents/checks.js";
import type { StagedRestore } from "./restore/prepare.js";
import { openRestore, toolsImage, type RestoreRun } from "./restore/run.js";
import { finishInterrupted, swapIn } from "./restore/swap.js";
import { doneText, planText } from "./restore/text.js";
import type { ImportOptions } from "../registrations/import.js";
import { openSession, type Session } from "../stack/session.js";

/** `keelson import`: a dump of pg_dump's (custom or tar format, or SQL, also compressed) into a new database, checked, then in the place of the live one. */
export async function importDump(options: ImportOptions, say: Say): Promise<void> {
  await dumpFile(options.dump);
  const session = await openSession(options, say, { readOnly: true });
  const image = await toolsImage(options, say);
  const dump = new Dump(options.dump, { docker: session.docker, image, ...(await wayIn(session)) });
  const read = await withProgress(say, "reading the dump", dump.read());
  const run = await openRestore(options, say, image);
  try {
    if ((await finishInterrupted(run)) === undefined)
      await importInto(run, { dump, read }, options);
    else say("Run the command again to import the dump.");
  } finally {
    await run.release();
  }
}

/** Imports a dump that was read into a stack that is taken. @throws Failure that says what is live */
export async function importInto(
  run: RestoreRun,
  { dump, read }: { readonly dump: Dump; readonly read: ReadDump },
  options: ImportOptions,
): Promise<void> {
  const { place, say } = run;
  const { kept } = await cleared(run);
  const live = await place.live();
  const refusal = dumpRefusal(read, live, options.replace === true);
  if (refusal !== undefined) throw new Failure(refusal);
  for (const line of leftOutText(read)) say(line);
  const ready = await restoreAlongside(run, { dump, read, major: live.major }, options);
  const request = { kind: "dump", asked: dump.file } as const;
  for (const line of planText(request, ready.prepared, kept)) say(line);
  await agreed(run, ready, options);
  const done = await swapIn({ ...run, ...ready });
  const tables = Object.entries(ready.prepared.rows).filter(([table]) => !isOwn(table));
  for (const [table, rows] of tables) say(`  ${table}  ${rows} rows`);
  say(`${tables.length} tables restored.`);
  for (const line of doneText(ready.id, request, done)) say(line);
}

/** Returns the reason why a dump is not imported; undefined when it may be. */
export function dumpRefusal(
  { major, tool, kind }: Pick<ReadDump, "major" | "tool" | "kind">,
  live: { readonly rows: Rows; readonly major: number },
  replace: boolean,
): string | undefined {
  // In SQL what an older server does not know fails by itself, and by name.
  if (major > live.major && kind === "archive") {
    const by = tool === undefined ? "" : ` (made by pg_dump ${tool})`;
    return (
      `The dump is of PostgreSQL ${major}${by}, the stack runs ${live.major}, and pg_dump ${live.major} reads no newer server. ` +
      `Write it as SQL with the tools of ${major}, and import that: \`pg_restore --no-owner --file=dump.sql <file>\`; ` +
      `what ${live.major} does not know fails by name then.`
    );
  }
  const tables = Object.keys(live.rows).filter((table) => !isOwn(table));
  if (tables.length === 0 || replace) return undefined;
  const shown = tables.sort().slice(0, 10).join(", ") + (tables.length > 10 ? ", …" : "");
  return (
    `The database is not empty, it holds ${shown}. ` +
    "Pass --replace to put the dump in its place (what is live is kept until keelson restore --discard), or use a stack whose app has not migrated yet."
  );
}

/** Returns the parts of a dump that are not restored as they were, in lines for a person. */
export function leftOutText({ leftOut, owners }: Pick<ReadDump, "leftOut" | "owners">): string[] {
  const listed = (names: readonly string[]) =>
    names.slice(0, 10).join(", ") + (names.length > 10 ? ", …" : "");
  return [
    ...(leftOut.length === 0
      ? []
      : [`Left out, since only a superuser may make it: ${listed(leftOut)}.`]),
    ...(owners.length === 0
      ? []
      : [`What belonged to ${listed(owners)} becomes the database owner's; grants are left out.`]),
  ];
}

/** Our own record of migrations is nothing that a person has put there. */
function isOwn(table: string): boolean {
  return table.startsWith("keelson.");
}

/** Restores into a database of its own, which is removed again where that fails: the live one is not written to. */
async function restoreAlongside(
  { place, say }: RestoreRun,
  { dump, read, major }: { readonly dump: Dump; readonly read: ReadDump; readonly major: number },
  options: ImportOptions,
): Promise<StagedRestore> {
  const id = timeId(new Date());
  const { rows, largeObjects, extensions, contents, bytes } = read;
  const env: Record<string, string> =
    options.ignoreChecks === true ? { RESTORE_IGNORE_CHECKS: "1" } : {};
  const into = await place.create(id, bytes);
  try {
    await withProgress(say, "restoring", dump.load(contents, into, major));
    const work = place.check(id, basename(dump.file), { rows, largeObjects, extensions }, env);
    return {
      id,
      method: "restore-dump",
      fresh: true,
      prepared: await withProgress(say, "checking", work),
    };
  } catch (error) {
    throw new Failure(
      `The dump could not be restored: ${messageOf(error)}\nThe live database was not written to. ${await removed(place, id, into.database)}`,
    );
  }
}

async function removed(place: RestoreRun["place"], id: string, database: string): Promise<string> {
  try {
    await place.step("restore-dump", "discard", id);
    return "What was restored alongside it is removed.";
  } catch (error) {
    return `What was restored alongside it, the database ${database}, could not be removed (${messageOf(error)}); keelson restore --discard or the next import removes it.`;
  }
}

/** Returns the migrator's connection to the database. @throws Failure where the stack has none of its own */
export async function wayIn({ runner, target }: Session): Promise<{ url: URL; network: string }> {
  const outputs = await runner.outputs();
  const [url, network] = ["migratorUrl", "dataNetwork"].map((name) => outputs[name]?.value);
  if (typeof url === "string" && typeof network === "string") return { url: new URL(url), network };
  throw new Failure(
    `The stack ${target.stack} has no database of its own yet; run keelson up first.`,
  );
}
