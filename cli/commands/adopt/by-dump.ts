import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { confirm } from "../../io/confirm.js";
import { Failure } from "../../io/failure.js";
import { withProgress } from "../../io/progress.js";
import { importInto } from "../import.js";
import { Dump } from "../import/dump.js";
import { doneIn, dumpPrefix, standing, type Adoption } from "./adoption.js";
import { dumpTo } from "./begin.js";
import { pauseSeconds, pauseText } from "./estimate.js";
import type { SourceFacts } from "./facts.js";
import { backText, resumed } from "./finish.js";
import { endSessionsSql, pauseSql } from "./statements.js";

/**
 * Pauses writes on the old server, dumps it, and imports the dump, as `keelson import` does. Where that fails before it
 * is live, the old database takes writes again.
 */
export async function finishByDump(adoption: Adoption, facts: SourceFacts): Promise<void> {
  const { run, old, tools, options, relay } = adoption;
  const { copy, done: before } = await standing(adoption);
  if (copy !== undefined) {
    throw new Failure(
      `The copy ${copy.id} follows the old server: go live with that (--finish without --dump), or take it back (--back).`,
    );
  }
  const lasts = pauseText(pauseSeconds("dump", facts.bytes));
  const what = `The database of ${run.of.stack} is exchanged for a dump of the old one, and kept alongside.`;
  await confirm(`${lasts} ${what}`, run.of.stack, options);
  const folder = mkdtempSync(join(tmpdir(), "keelson-adopt-"));
  const began = Date.now();
  try {
    const file = join(folder, `${dumpPrefix}${old.source.database.replaceAll("/", "_")}.dump`);
    await old.sql([pauseSql(old.source.database), endSessionsSql].join("\n"));
    const dumped = dumpTo(file, (output) => old.dump(["--format=custom", "--compress=1"], output));
    await withProgress(run.say, "dumping, with writes paused", dumped);
    const dump = new Dump(file, { docker: run.of.docker, ...tools });
    const read = await withProgress(run.say, "reading the dump", dump.read());
    const how = { ...options, dump: file, yes: true };
    await importInto(run, { dump, read }, how);
  } catch (error) {
    const done = doneIn(await run.place.kept(true));
    const live = done !== undefined && done.id !== before?.id;
    throw await resumed(adoption, { id: live ? done.id : "" }, error);
  } finally {
    rmSync(folder, { recursive: true });
  }
  await relay.stop();
  run.say(`Writes were paused for ${((Date.now() - began) / 1000).toFixed(1)} s.`);
  for (const line of backText(adoption)) run.say(line);
}
