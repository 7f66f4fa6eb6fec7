import { clearFailedRelease } from "./failed-release.js";
import { messageOf } from "./failure.js";
import type { Say } from "./progress.js";
import { repair } from "./repair.js";
import { changesText, type Result } from "./runner.js";
import { openSession, type EngineOptions, type Session } from "./session.js";

/** `keelson up`: brings a stack to what its settings say, mending what was broken by hand. */
export async function up(
  options: EngineOptions & { readonly refresh?: boolean; readonly json?: boolean },
  say: Say,
): Promise<void> {
  const session = await openSession(options, say);
  const result = await bringUp(session, { refresh: options.refresh === true }, say);
  say(`${changesText(result.changes)}, ${result.seconds.toFixed(1)} s.`);
  if (options.json === true) {
    say(JSON.stringify({ ...result.changes, seconds: result.seconds }));
  }
}

/** Repairs, then runs; what a failed release started is removed again. */
export async function bringUp(
  session: Session,
  options: { refresh: boolean },
  say: Say,
): Promise<Result> {
  const { runner, docker, settings, target, choice } = session;
  const embedded = choice.kind === "embedded";
  const context = { runner, docker, app: settings.app.name, stack: target.stack };
  await repair(context, say);
  try {
    // The embedded engine's refresh reads containers only, and mends them in the same run.
    return await runner.up({ refresh: embedded || options.refresh });
  } catch (error) {
    await clearFailedRelease(context, say).catch((second: unknown) => {
      say(`What the failed release started is not removed yet: ${messageOf(second)}`);
    });
    throw error;
  }
}
