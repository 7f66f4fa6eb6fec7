import { confirm } from "../io/confirm.js";
import type { RetainedRestore } from "../documents/restores.js";
import { Failure } from "../io/failure.js";
import type { Say } from "../io/progress.js";
import { keptText, undoable, parseRequest, type RestoreRequest } from "./restore/judge.js";
import { stageRestore, type StagedRestore } from "./restore/prepare.js";
import { openRestore, toolsWithoutBackups, type RestoreRun } from "./restore/run.js";
import { methodOf } from "./restore/place.js";
import { finishInterrupted, swapIn } from "./restore/swap.js";
import { doneText, planText } from "./restore/text.js";
import type { RestoreOptions } from "../registrations/restore.js";

/** `keelson restore`: into a new place, checked, then in the place of the live data, which is kept. */
export async function restore(options: RestoreOptions, say: Say): Promise<void> {
  const request = parseRequest(options);
  // An import keeps what was live on a stack without backups, too.
  const kept = request.kind === "undo" || request.kind === "discard";
  const tools = kept ? await toolsWithoutBackups(options, say) : undefined;
  const run = await openRestore(options, say, tools);
  try {
    const finished = await finishInterrupted(run);
    if (finished !== undefined) {
      say("Run the command again for another restore.");
      return;
    }
    await restoreInto(run, request, options);
  } finally {
    await run.release();
  }
}

/** Does what is wished for on a stack that is taken. @throws Failure */
export async function restoreInto(
  run: RestoreRun,
  request: RestoreRequest,
  options: RestoreOptions,
): Promise<void> {
  const { say } = run;
  const { kept, removed } = await cleared(run);
  if (request.kind === "discard") {
    // What was left and never live is all that there was to remove.
    if (removed === 0 || kept.length > 0) await discard(run, kept, options);
    return;
  }
  const ready = await stageRestore(run, request, kept, options);
  const lines = planText(request, ready.prepared, kept);
  for (const line of lines) say(line);
  await agreed(run, ready, options);
  const done = await swapIn({ ...run, ...ready });
  for (const line of doneText(ready.id, request, done)) say(line);
  if (options.json === true) say(JSON.stringify({ ...ready.prepared, seconds: done.seconds }));
}

/** Asks; where nobody agrees, what was restored is removed again. @throws Failure */
export async function agreed(
  { place, options: { stack } }: RestoreRun,
  { method, id, fresh }: StagedRestore,
  options: { readonly yes?: boolean },
): Promise<void> {
  try {
    await confirm(`This exchanges the data of ${stack}.`, stack, options);
  } catch (error) {
    if (fresh) await place.step(method, "discard", id);
    throw error;
  }
}

/** Removes what interrupted runs left that was never live, and says what is kept. @throws Failure for unknown folders */
export async function cleared({
  place,
  services,
  say,
}: RestoreRun): Promise<{ readonly kept: RetainedRestore[]; readonly removed: number }> {
  const answers = await services.serverAnswers();
  if (!answers) say("The server does not answer: what restores of dumps have kept is not known.");
  const all = await place.kept(answers);
  const foreign = all.find(({ phase }) => phase === "foreign");
  if (foreign !== undefined) {
    throw new Failure(
      `On the data volume is ${foreign.path ?? foreign.id}, which no restore has made; nothing is restored alongside it. ` +
        "Look what it is, and move it away.",
    );
  }
  const left = all.filter(
    ({ phase, adopting }) => adopting !== true && (phase === "restoring" || phase === "ready"),
  );
  for (const each of left) {
    say(`Removing what an interrupted restore has left (${each.id}); it was never live.`);
    await place.step(methodOf(each), "discard", each.id);
  }
  return { kept: all.filter(({ phase }) => phase === "done"), removed: left.length };
}

async function discard(
  { place, services, say }: RestoreRun,
  kept: readonly RetainedRestore[],
  options: RestoreOptions,
): Promise<void> {
  if (undoable(kept) === undefined) throw new Failure("No restore keeps anything.");
  for (const each of kept) say(`  ${keptText(each)}`);
  await confirm(`This removes them for good: nothing can be undone then.`, options.stack, options);
  for (const each of kept) await place.step(methodOf(each), "discard", each.id);
  await services.letDumpsGo();
  say("Removed.");
}
