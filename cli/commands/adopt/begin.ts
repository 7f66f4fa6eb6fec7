import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { prefixOf } from "#config";
import { Failure, messageOf } from "../../io/failure.js";
import { withProgress } from "../../io/progress.js";
import { timeId } from "../../io/time-id.js";
import type { CreatedDatabase } from "../../documents/restores.js";
import { leftOutText } from "../import.js";
import { Dump } from "../import/dump.js";
import { copyDatabase, copiedSoFar, here, standing, type Adoption, type Copy } from "./adoption.js";
import { removeCopy } from "./back.js";
import type { SourceFacts, TargetFacts } from "./facts.js";
import { conninfo, shown } from "./source.js";
import { adoptionName, publishSql, subscribeSql } from "./statements.js";

/**
 * Makes a copy of the old database that follows it, or finds the one that an earlier run has begun; what such a run has
 * left half done is removed first. The old database is written to meanwhile.
 * @throws Failure; nothing is left of the copy then, here or there
 */
export async function beginCopy(
  adoption: Adoption,
  facts: SourceFacts,
  target: TargetFacts,
): Promise<Copy> {
  const { run } = adoption;
  const { copy, leftovers } = await standing(adoption);
  if (copy !== undefined && (await copiedSoFar(adoption, copy)).subscribed) {
    run.say(`The copy ${copy.id} was begun already, and goes on.`);
    return copy;
  }
  if (copy !== undefined || leftovers.length > 0) {
    run.say("Removing what an interrupted run has left.");
    await removeCopy(adoption, copy, leftovers);
  }
  return makeCopy(adoption, facts, target);
}

async function makeCopy(
  adoption: Adoption,
  facts: SourceFacts,
  target: TargetFacts,
): Promise<Copy> {
  const { run, old } = adoption;
  const id = timeId(new Date());
  const name = adoptionName(prefixOf(run.of.settings, run.of.stack), id);
  const asked = shown(old.source);
  const copy = { id, database: copyDatabase(id), name, schema: facts.schema, asked };
  const into = await run.place.create(id, facts.bytes);
  try {
    const note = {
      asked: shown(old.source),
      createdAt: new Date().toISOString(),
      schema: facts.schema,
    };
    await run.place.step("restore-dump", "adopting", id, JSON.stringify(note));
    const major = Math.floor(target.version / 10000);
    await withProgress(run.say, "copying the schema", loadSchema(adoption, into, major));
    const tables = facts.tables.filter(({ unlogged }) => !unlogged).map((each) => each.name);
    await old.sql(publishSql(name, tables));
    const connection = conninfo(old.source, old.password);
    const subscribed = here(adoption, copy.database, subscribeSql(name, connection));
    // A slot begins where no transaction of before is open any more.
    await withProgress(run.say, "waiting for transactions that are open there", subscribed);
  } catch (error) {
    const why = `The copy could not be begun: ${messageOf(error)}`;
    try {
      await removeCopy(adoption, copy, [name]);
    } catch (left) {
      throw new Failure(
        `${why}\nWhat there is of it could not be removed (${messageOf(left)}): run the command again, with --back.`,
      );
    }
    throw new Failure(`${why}\nNothing of it is left, here or there.`);
  }
  return copy;
}

/** Makes the tables and all else, empty, as the new database's owner. */
async function loadSchema(
  { run, old, tools }: Adoption,
  into: CreatedDatabase,
  major: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "keelson-adopt-"));
  try {
    const file = join(folder, "schema.sql");
    await dumpTo(file, (output) => old.dump(schemaArgs, output));
    const dump = new Dump(file, { docker: run.of.docker, ...tools });
    const read = await dump.read();
    for (const line of leftOutText(read)) run.say(line);
    await dump.load(read.contents, into, major);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const schemaArgs = ["--schema-only", "--no-publications", "--no-subscriptions"] as const;

/** Writes what a dump gives into a file. @throws Failure where it can't be written, too */
export async function dumpTo(
  file: string,
  dump: (output: ReturnType<typeof createWriteStream>) => Promise<void>,
): Promise<void> {
  const output = createWriteStream(file, { mode: 0o600 });
  const written = finished(output);
  try {
    await dump(output);
    output.end();
    await written;
  } catch (error) {
    output.destroy();
    await written.catch(() => undefined);
    throw output.errored === null
      ? error
      : new Failure(`The file ${file} can't be written: ${messageOf(output.errored)}`);
  }
}
