import { createReadStream, existsSync } from "node:fs";
import { confirm } from "./ask.js";
import { Failure } from "./failure.js";
import { Restore, type DumpFacts } from "./import-restore.js";
import { withProgress, type Say } from "./progress.js";
import { openSession, type EngineOptions, type Session } from "./session.js";

/** `keelson import`: restores a dump of pg_dump's custom format, into an empty database or instead of what is there. */
export async function importDump(
  options: EngineOptions & {
    readonly dump: string;
    readonly replace?: boolean;
    readonly yes?: boolean;
  },
  say: Say,
): Promise<void> {
  if (!existsSync(options.dump)) throw new Failure(`There is no file ${options.dump}.`);
  const session = await openSession(options, say, { readOnly: true });
  const restore = await restoreOf(session);
  const open = () => createReadStream(options.dump);
  const facts = await withProgress(say, "reading the dump", restore.readThrough(open));
  const replace = options.replace === true;
  const lost = await restore.tables();
  const refusal = dumpRefusal(facts, replace ? [] : lost);
  if (refusal !== undefined) throw new Failure(refusal);
  const into = `This restores ${options.dump} into the database of ${options.stack}`;
  const what = replace ? `${into}; the ${lost.length} tables in it are lost.` : `${into}.`;
  await confirm(what, options.stack, options);
  const work = replace
    ? restore.replace(open(), facts.contents)
    : restore.restore(open(), facts.contents);
  await withProgress(say, "restoring", work);
  const counts = await restore.counts();
  for (const [table, rows] of counts) say(`  ${table}  ${rows} rows`);
  say(`${counts.length} tables restored.`);
}

/** Why a dump is not restored; undefined when it may be. */
export function dumpRefusal(facts: DumpFacts, tables: readonly string[]): string | undefined {
  if (facts.major > facts.serverMajor) {
    return (
      `The dump is of PostgreSQL ${facts.major}, the stack runs ${facts.serverMajor}; ` +
      `dump it again with pg_dump ${facts.serverMajor}.`
    );
  }
  if (tables.length === 0) return undefined;
  const shown = tables.slice(0, 10).join(", ") + (tables.length > 10 ? ", …" : "");
  return (
    `The database is not empty, it holds ${shown}; a dump is restored into an empty one only. ` +
    "Use a stack whose app has not migrated yet, or say --replace to lose what is there."
  );
}

async function restoreOf({ runner, docker, target }: Session): Promise<Restore> {
  const outputs = await runner.outputs();
  const [url, image, network] = ["migratorUrl", "toolsImage", "dataNetwork"].map(
    (name) => outputs[name]?.value,
  );
  if (typeof url !== "string" || typeof image !== "string" || typeof network !== "string") {
    throw new Failure(
      `The stack ${target.stack} has no database of its own yet; run keelson up first.`,
    );
  }
  return new Restore({ docker, network, image, url: new URL(url) });
}
