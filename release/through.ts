import type { ProxySession } from "./proxy-session.js";
import { smokeProblems, type Asked, type SmokeTest } from "./smoke-test.js";
import type { StepContext } from "./step-context.js";
import { answeredByOthers, watchTable } from "./watch/answers.js";

/** One answer may come from the version before by chance: the app closed an idle connection just when it was used. */
const rounds = 2;

/**
 * Returns the problems of the smoke test's answers through the proxy, a line each. What served before is still there for
 * what the new containers do not answer: an answer of theirs is none of the new version.
 */
export async function throughProblems(
  context: StepContext,
  session: ProxySession,
  test: SmokeTest,
  asked: Asked & { readonly through: string },
): Promise<string[]> {
  const [host = ""] = asked.through.split(":");
  // It is asked from the proxy's own container.
  const own = (await session.addresses([host])).get(host) ?? [];
  let others = 0;
  for (let round = 0; round < rounds; round++) {
    const before = await othersOf(session, own);
    const problems = await smokeProblems(context, session, test, asked);
    if (problems.length > 0) return problems;
    others = (await othersOf(session, own)) - before;
    if (others <= 0) return [];
  }
  const what = others === 1 ? "1 answer" : `${String(others)} answers`;
  return [`${what} came from the version before: the new containers gave none`];
}

async function othersOf(session: ProxySession, clients: readonly string[]): Promise<number> {
  return answeredByOthers(await session.admin([`show table ${watchTable}`]), clients);
}
