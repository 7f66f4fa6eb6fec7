import { copiedSoFar, slotOf, type Adoption, type Copy } from "./adoption.js";
import { pauseSeconds, pauseText } from "./estimate.js";
import type { SourceFacts } from "./facts.js";
import { isNear, progressText, requireFollowing } from "./follow.js";

/** Says how far a copy is, and what comes next. @throws Failure where it does not follow any more */
export async function tellStanding(
  adoption: Adoption,
  copy: Copy,
  { bytes }: Pick<SourceFacts, "bytes">,
): Promise<void> {
  const [copied, slot] = await Promise.all([copiedSoFar(adoption, copy), slotOf(adoption, copy)]);
  requireFollowing(copied, slot);
  const near = isNear(copied, slot);
  const { say } = adoption.run;
  say(`The copy ${copy.id} follows the old server: ${progressText(copied, slot)}.`);
  say(
    near
      ? `Go live with it: keelson adopt --from … --finish. ${pauseText(pauseSeconds("replication", bytes))}`
      : "Wait until it has caught up: keelson adopt --from … --begin, which goes on.",
  );
  say(
    "Until then the old server keeps its log for it: do not leave it so for days, and change no tables there. To give it up: --back.",
  );
}
