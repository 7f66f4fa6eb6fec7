import type { Say } from "./progress.js";
import { openSession, type EngineOptions } from "./session.js";

/** `keelson preview`: what an `up` would do; changes nothing. */
export async function preview(
  options: EngineOptions & { readonly json?: boolean },
  say: Say,
): Promise<void> {
  const { runner } = await openSession(options, say, true);
  const result = await runner.preview();
  for (const { op, urn } of result.steps) {
    if (op !== "same") say(`  ${op.padEnd(8)} ${urn.split("::").slice(-2).join(" ")}`);
  }
  const { create, update, replace, delete: deleted, same } = result.changes;
  say(
    `${create} to create, ${update} to update, ${replace} to replace, ${deleted} to delete, ${same} same.`,
  );
  if (options.json === true) {
    say(JSON.stringify({ ...result.changes, steps: result.steps }));
  }
}
