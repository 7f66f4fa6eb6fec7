import { Failure } from "../../io/failure.js";
import { here, type Adoption, type Copy } from "./adoption.js";
import { differenceText, readSums, sumsSql, unequal, type Sums } from "./compare.js";
import type { SourceFacts } from "./facts.js";

/** Rows and checksums of tables, as a server answers. @param ask runs SQL there */
export async function sumsOf(
  ask: (sql: string) => Promise<string>,
  tables: readonly string[],
): Promise<Sums> {
  return readSums(await ask(sumsSql(tables)));
}

/**
 * Both sides at once: what each table holds there and in the copy, and the seconds that it took.
 * @param first SQL that the copy runs before, and that prints nothing
 * @throws Failure
 */
export async function bothSums(
  adoption: Adoption,
  copy: Copy,
  { tables }: Pick<SourceFacts, "tables">,
  first = "",
): Promise<{ readonly there: Sums; readonly ours: Sums; readonly seconds: number }> {
  const names = tables.map(({ name }) => name);
  const began = Date.now();
  const [there, ours] = await Promise.all([
    sumsOf((sql) => adoption.old.sql(sql), names),
    sumsOf((sql) => here(adoption, copy.database, `${first}\n${sql}`), names),
  ]);
  return { there, ours, seconds: (Date.now() - began) / 1000 };
}

/** @throws Failure that names the tables in which rows differ */
export function requireEqual(there: Sums, ours: Sums): void {
  const differences = unequal(there, ours);
  if (differences.length === 0) return;
  throw new Failure(
    ["The copy is not what the old database is:", ...differenceText(differences).slice(0, 10)].join(
      "\n",
    ),
  );
}
