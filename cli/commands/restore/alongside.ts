import { sqlIdentifier } from "#lib/identifiers";
import { nameOfDatabase } from "#config";
import { confirm } from "../../io/confirm.js";
import { Failure } from "../../io/failure.js";
import { withProgress, type Say } from "../../io/progress.js";
import { size, table } from "../../io/table.js";
import type { RestoreOptions } from "../../registrations/restore.js";
import { cleared } from "../restore.js";
import { parseRequest, type RestoreRequest } from "./judge.js";
import { stageRestore, type StagedRestore } from "./prepare.js";
import { openRestore, toolsWithoutBackups, type RestoreRun } from "./run.js";
import { finishInterrupted } from "./swap.js";

/** `keelson restore --into` and `--list`: databases in the live server, alongside the live one, which stays as it is. */
export async function alongside(options: RestoreOptions, say: Say): Promise<void> {
  const { into, list, discard } = options;
  const request = list === true || discard === true ? undefined : parseRequest(options);
  // Databases of the server need no backups to be listed or removed.
  const tools =
    list === true || discard === true ? await toolsWithoutBackups(options, say) : undefined;
  const run = await openRestore(options, say, tools);
  try {
    if (list === true) {
      await listNamed(run, options);
      return;
    }
    const name = nameIn(into ?? "", nameOfDatabase(run.of.settings));
    if (request === undefined) await remove(run, name, options);
    else if ((await finishInterrupted(run)) === undefined) {
      await make(run, { name, request }, options);
    } else say("Run the command again for this restore.");
  } finally {
    await run.release();
  }
}

/** A name that a database alongside may have. @param live name of the live one @throws Failure */
export function nameIn(name: string, live: string): string {
  const parsed = sqlIdentifier.safeParse(name);
  if (!parsed.success) {
    throw new Failure(
      `--into: "${name}" can't be the name of a database; use lower-case letters, digits, _ and -.`,
    );
  }
  if (name === live) {
    throw new Failure(
      `--into: ${name} is the live database; choose another name, or leave --into out to restore in its place.`,
    );
  }
  if (/^(postgres$|template|pg_|keelson_)/.test(name)) {
    throw new Failure(`--into: ${name} is the server's or Keelson's own; choose another name.`);
  }
  return name;
}

async function make(
  run: RestoreRun,
  { name, request }: { readonly name: string; readonly request: RestoreRequest },
  options: RestoreOptions,
): Promise<void> {
  const { place, say } = run;
  if (request.kind === "undo" || request.kind === "discard") {
    throw new Failure("--into goes with --at, --point or --dump.");
  }
  await place.free(name, options.replace === true);
  await cleared(run);
  const ready = await inServer(run, request, options);
  await place.name(ready.id, name);
  const { rows, checks } = ready.prepared;
  for (const { name: check, ok, detail } of checks)
    say(`  ${ok ? "ok" : "failed"}  ${check}: ${detail}`);
  const count = Object.values(rows).reduce((sum, each) => sum + each, 0);
  say(
    `Restored into the database ${name}: ${String(Object.keys(rows).length)} tables, ${String(count)} rows. What is live was not touched.`,
  );
  say(
    `Look into it with keelson psql ${name}; keelson restore --discard --into ${name} removes it.`,
  );
  if (options.json === true) say(JSON.stringify({ ...ready.prepared, database: name }));
}

/** Returns the requested data as a database of the live server: of a restored cluster, only its database is used. */
async function inServer(
  run: RestoreRun,
  request: Extract<RestoreRequest, { readonly kind: "at" | "point" | "dump" }>,
  options: RestoreOptions,
): Promise<StagedRestore> {
  if (request.kind === "dump") return stageRestore(run, request, [], options);
  const { place, say } = run;
  const whole = await stageRestore(run, request, [], { ...options, extract: true });
  await place.step(whole.method, "discard", whole.id);
  const args = ["prepare", whole.id, `restore-${whole.id}.dump`];
  const env = {
    RESTORE_ROWS: JSON.stringify(whole.prepared.rows),
    ...(options.ignoreChecks === true ? { RESTORE_IGNORE_CHECKS: "1" } : {}),
  };
  const work = place.prepare("restore-dump", args, env);
  const prepared = await withProgress(say, "restoring the database alone", work);
  return { ...whole, method: "restore-dump", prepared };
}

async function listNamed({ place, say }: RestoreRun, options: RestoreOptions): Promise<void> {
  const all = await place.named();
  if (options.json === true) {
    say(JSON.stringify(all));
    return;
  }
  if (all.length === 0) {
    say("No restore has made a database of its own.");
    return;
  }
  const rows = all.map((each) => [each.database, each.asked, each.createdAt, size(each.bytes)]);
  for (const line of table([["Database", "From", "Restored at", "Size"], ...rows])) say(line);
}

async function remove(
  { place, say }: RestoreRun,
  name: string,
  options: RestoreOptions,
): Promise<void> {
  const isThere = (await place.named()).some(({ database }) => database === name);
  if (!isThere) {
    throw new Failure(
      `No restore has made a database ${name}; keelson restore --list says which there are.`,
    );
  }
  await confirm(`This removes the database ${name} for good.`, options.stack, options);
  await place.drop(name);
  say("Removed.");
}
