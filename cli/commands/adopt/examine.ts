import { Failure } from "../../io/failure.js";
import { size } from "../../io/table.js";
import { dumpRefusal } from "../import.js";
import { factsHere, type Adoption } from "./adoption.js";
import { pauseSeconds, pauseText } from "./estimate.js";
import type { SourceFacts, TargetFacts } from "./facts.js";
import { judge, type AdoptWay } from "./judge.js";
import { shown } from "./source.js";

/**
 * Looks whether the database can be adopted, and says what would be done and for how long writes are paused.
 * @param begun a copy follows already
 * @throws Failure with everything that stands against it; nothing was changed
 */
export async function examined(
  adoption: Adoption,
  facts: SourceFacts,
  begun: boolean,
): Promise<TargetFacts> {
  const { run, old, options } = adoption;
  const { settings } = run.of;
  const target = await factsHere(adoption);
  const way: AdoptWay = options.dump === true ? "dump" : "replication";
  const { refusals, notes } = judge(way, facts, target, settings.database.extensions);
  const full = dumpRefusal(
    { major: 0, tool: undefined, kind: "sql" },
    await run.place.live(),
    options.replace === true,
  );
  const all = [...(full === undefined ? [] : [full]), ...refusals];
  if (way === "replication" && !begun && refusals.length === 0) {
    await old.requireReplication().catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      all.push(error.message);
    });
  }
  run.say(factsText(adoption, facts));
  for (const each of notes) run.say(`  note: ${each}`);
  if (all.length > 0) {
    throw new Failure(refusalText(way, all, facts, target, settings.database.extensions));
  }
  if (options.begin !== true && options.finish !== true)
    for (const each of planText(facts)) run.say(each);
  return target;
}

function factsText({ old }: Adoption, { version, bytes, tables, sequences }: SourceFacts): string {
  const major = String(Math.floor(version / 10000));
  return `${shown(old.source)}: PostgreSQL ${major}, ${size(bytes)}, ${String(tables.length)} tables, ${String(sequences.length)} sequences.`;
}

/** Lists what is to be mended, and says when a dump would do without. */
function refusalText(
  way: AdoptWay,
  all: readonly string[],
  facts: SourceFacts,
  target: TargetFacts,
  extensions: readonly string[],
): string {
  const lines = [
    "Nothing was changed. Before the database can be adopted:",
    ...all.map((each) => `  - ${each}`),
  ];
  if (way === "replication" && judge("dump", facts, target, extensions).refusals.length === 0) {
    lines.push(
      `Or by a dump, without these of replication: keelson adopt --from … --finish --dump. ${pauseText(pauseSeconds("dump", facts.bytes))}`,
    );
  }
  return lines.join("\n");
}

/** Says what the commands that come next will do. */
export function planText({ bytes }: Pick<SourceFacts, "bytes">): string[] {
  return [
    "It can be adopted; nothing was changed. Next:",
    "  keelson adopt --from … --begin   copies schema and rows into a database alongside the stack's own, and follows what is written there, which goes on. On the old server this makes a publication and a slot, for which it keeps its log",
    `  keelson adopt --from … --finish  ${pauseText(pauseSeconds("replication", bytes))} Then the rest comes over, sequences too, every table is compared, and the copy goes live here`,
    "  keelson adopt --from … --back    the way back, at any time",
    `By a dump (--finish --dump, no --begin) writes are paused for about ${String(pauseSeconds("dump", bytes))} s.`,
  ];
}
