import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { backupPaths } from "#components/backup/paths";
import { furtherDatabases } from "#config";
import type { Prepared, RetainedRestore } from "../../documents/restores.js";
import { Failure } from "../../io/failure.js";
import { withProgress } from "../../io/progress.js";
import { timeId } from "../../io/time-id.js";
import { offsiteNumbers } from "../../stack/offsite.js";
import { methodOf, type RestoreMethod } from "./place.js";
import type { Stack } from "../../stack/stack.js";
import { pointRefusal, pointTime, undoable, type RestoreRequest } from "./judge.js";
import type { RestoreRun } from "./run.js";

/** A restore that is ready to go live. */
export interface StagedRestore {
  readonly id: string;
  readonly method: RestoreMethod;
  /** It has never been live. */
  readonly fresh: boolean;
  readonly prepared: Prepared;
}

type Asked = Exclude<RestoreRequest, { readonly kind: "discard" }>;

/** Restores alongside the live data what is wished for, and checks it; the live data is not touched. @throws Failure */
export async function stageRestore(
  run: RestoreRun,
  request: Asked,
  kept: readonly RetainedRestore[],
  options: {
    readonly ignoreChecks?: boolean;
    readonly repository?: string;
    /** The database is dumped next to the other dumps as well, where the whole server is restored. */
    readonly extract?: boolean;
    /** Name of a database alongside the live one that it is for. */
    readonly into?: string;
  },
): Promise<StagedRestore> {
  const { place, say } = run;
  const env = {
    ...(options.ignoreChecks === true ? { RESTORE_IGNORE_CHECKS: "1" } : {}),
    ...(options.extract === true ? { RESTORE_EXTRACT: "1" } : {}),
  };
  if (request.kind === "undo") {
    const last = undoable(kept);
    if (last === undefined) throw new Failure("There is no restore to undo.");
    const method = methodOf(last);
    // What is live knows of the timelines in the repository that it came from.
    const repository = repositoryOf(
      run.of,
      options.repository ?? String(last.facts?.repository ?? 1),
    );
    const work = place.prepare(method, ["undo", last.id], env, repository);
    return { id: last.id, method, fresh: false, prepared: await withProgress(say, "undo", work) };
  }
  const repository = repositoryOf(run.of, options.repository ?? "1");
  const id = timeId(new Date());
  const method = methodOf(request);
  const further = request.kind === "dump" ? furtherDump(run.of, request.asked) : undefined;
  if (further !== undefined && options.into === undefined)
    throw new Failure(onlyAlongside(request));
  const rows = request.kind === "dump" ? rowsOfManifest(request.asked) : {};
  const args = further?.args ?? (await argsOf(run, request, id));
  const all = { ...env, ...rows, ...further?.env };
  const work = place.prepare(method, ["prepare", id, ...args], all, repository);
  return { id, method, fresh: true, prepared: await withProgress(say, "restoring", work) };
}

/** A dump of a further database as `<database>/<file>`, with where it is; undefined of any other one. */
function furtherDump({ settings }: Stack, asked: string) {
  const [folder = "", file = "", ...more] = asked.split("/");
  const names = furtherDatabases(settings).map(({ name }) => name);
  if (file === "" || more.length > 0 || !names.includes(folder)) return undefined;
  return {
    args: [file],
    env: { PGDATABASE: folder, BACKUP_DIR: `${backupPaths.dumps}/${folder}` },
  };
}

function onlyAlongside({ asked }: { readonly asked: string }): string {
  return (
    `--dump: ${asked} is of a further database, whose dumps are restored alongside: add --into <database>. ` +
    "With --at or --point all databases of the server go back together."
  );
}

/** Number of the repository to restore from. @throws Failure */
function repositoryOf({ settings }: Stack, wanted: string): number {
  return wanted === "1" ? 1 : (offsiteNumbers(settings, wanted)[0] ?? 1);
}

async function argsOf(
  { place, releases }: RestoreRun,
  { kind, asked }: Extract<RestoreRequest, { readonly kind: "at" | "point" | "dump" }>,
  id: string,
): Promise<string[]> {
  if (kind === "at") return ["at", asked];
  if (kind === "point") {
    const known = releases.flatMap(({ migration }) => migration?.restorePoint ?? []);
    const refusal = pointRefusal(asked, known);
    if (refusal !== undefined) throw new Failure(refusal);
    return ["point", asked, String(pointTime(asked) ?? 0)];
  }
  // A name is one on the volume of dumps, as keelson backups lists them; a file of the person's own goes there first.
  if (!asked.includes("/") && !existsSync(asked)) return [asked];
  if (!existsSync(asked)) throw new Failure(`There is no file ${asked}.`);
  await requireSum(asked);
  return [await place.receive(id, createReadStream(asked))];
}

/** Compares a dump with the checksum next to it, where there is one. @throws Failure */
async function requireSum(file: string): Promise<void> {
  if (!existsSync(`${file}.sha256`)) return;
  const [wanted = ""] = readFileSync(`${file}.sha256`, "utf8").split(" ");
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  if (hash.digest("hex") === wanted) return;
  throw new Failure(
    `Nothing was changed: the dump ${file} is not what it was when it was made: its checksum is another; choose another one.`,
  );
}

/** The row counts of the manifest next to a dump of Keelson's. */
function rowsOfManifest(file: string): Readonly<Record<string, string>> {
  const manifest = file.replace(/\.dump$/, ".json");
  if (!file.includes("/") || manifest === file || !existsSync(manifest)) return {};
  const { rows } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly rows?: unknown };
  return rows === undefined ? {} : { RESTORE_ROWS: JSON.stringify(rows) };
}
