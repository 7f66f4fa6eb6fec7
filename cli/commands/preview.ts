import { namesOf } from "#config";
import { outlook, outlookJson, type Outlook } from "./preview/outlook.js";
import { outlookLines } from "./preview/text.js";
import type { Say } from "../io/progress.js";
import type { Changes, Step } from "../engines/runner.js";
import type { PreviewOptions } from "../registrations/preview.js";
import { requireIdentity } from "../stack/recorded-identity.js";
import { requireData } from "../stack/data.js";
import { openSession, type Session } from "../stack/session.js";
import { completeVersion } from "../stack/version.js";

/** `keelson preview`: what an `up` would do, and what that means; changes nothing. */
export async function preview(options: PreviewOptions, say: Say): Promise<void> {
  const session = await openSession(options, say, { readOnly: true, secrets: "sealed" });
  requireIdentity(session, await session.runner.recorded());
  await requireData(session);
  const { changes, steps, meaning } = await foresee(session, say);
  for (const { op, urn } of steps) {
    if (op !== "same") say(`  ${op.padEnd(8)} ${urn.split("::").slice(-2).join(" ")}`);
  }
  const { create, update, replace, delete: deleted, same } = changes;
  say(
    `${create} to create, ${update} to update, ${replace} to replace, ${deleted} to delete, ${same} same.`,
  );
  say("");
  for (const line of outlookLines(meaning)) say(line);
  if (options.json === true) {
    // States stay here: they are long, and nobody's business.
    const named = steps.map(({ op, urn }) => ({ op, urn }));
    say(JSON.stringify({ ...changes, steps: named, ...outlookJson(meaning) }));
  }
}

/** Previews a stack, under the version that an `up` would release. */
export async function foresee(
  session: Session,
  say: Say,
): Promise<{
  readonly changes: Changes;
  readonly steps: readonly Step[];
  readonly meaning: Outlook;
}> {
  const { runner, settings, target, docker } = session;
  await completeVersion(session, say);
  const { changes, steps } = await runner.preview();
  const names = namesOf(settings, target.stack);
  return { changes, steps, meaning: await outlook(steps, names, docker) };
}
