import { usedHosts } from "./haproxy/servers.js";
import { proxyFiles, type ProxySession } from "./proxy-session.js";
import type { StepContext } from "./step-context.js";
import { StepFailure } from "./step-failure.js";
import { byPart, partsIn, recent, type PartAnswers } from "./watch/answers.js";
import { lookAtAnswers } from "./watch/watch.js";

/**
 * Keeps what serves now, for a rollback and to compare with, until the release is done; unless a run that was killed has
 * switched to the same containers already, and has kept it.
 * @returns whether the containers serve already, and no others
 */
export async function keepPrevious(
  session: ProxySession,
  containers: readonly string[],
): Promise<boolean> {
  const now = await session.read(proxyFiles.configuration);
  const serving = usedHosts(now);
  const same = serving.toSorted().join(" ") === containers.toSorted().join(" ");
  if (serving.length > 0 && !same) {
    await session.write(proxyFiles.previousChecks, await session.read(proxyFiles.checks));
    await session.write(proxyFiles.previousAnswers, JSON.stringify(await answersOfNow(session)));
    await session.write(proxyFiles.previous, now);
  } else if (usedHosts(await session.read(proxyFiles.previous)).join(" ") === serving.join(" ")) {
    await forgetPrevious(session);
  }
  return same;
}

/** Answers of the version before in its last minute, by part of the site. */
export async function previousAnswers(session: ProxySession): Promise<readonly PartAnswers[]> {
  return partsIn(await session.read(proxyFiles.previousAnswers));
}

export async function forgetPrevious(session: ProxySession): Promise<void> {
  await session.remove(proxyFiles.previous);
  await session.remove(proxyFiles.previousChecks);
  await session.remove(proxyFiles.previousAnswers);
}

/**
 * Notes how far HAProxy has counted when other containers have taken the traffic: what was answered up to then is not
 * theirs, and the next release is not compared with it.
 */
export async function noteTakeover(
  { say }: Pick<StepContext, "say">,
  session: ProxySession,
): Promise<void> {
  try {
    const { total } = await lookAtAnswers(session);
    await session.write(proxyFiles.takeover, JSON.stringify(byPart(total)));
  } catch (error) {
    // They have taken the traffic already: no reason to give them up.
    if (!(error instanceof StepFailure)) throw error;
    say(`the next release may be compared with answers of versions before: ${error.message}`);
  }
}

/** Answers of what serves now within the last minute. */
async function answersOfNow(session: ProxySession): Promise<PartAnswers[]> {
  const looked = await lookAtAnswers(session);
  return recent(looked, partsIn(await session.read(proxyFiles.takeover)));
}
