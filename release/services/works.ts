import { inspect } from "../container.js";
import { Start } from "../start.js";
import { poll, type StepContext } from "../step-context.js";
import type { DescribedService } from "./described.js";

/** The start of a container of a service, from before it is started. */
export async function startOf(
  context: StepContext,
  { name, pids }: DescribedService,
  id: string,
): Promise<Start> {
  const { RestartCount } = await inspect(context, id);
  return new Start(context, id, RestartCount, { path: `services.${name}`, pids: String(pids) });
}

/**
 * Waits until a container that was started is healthy: its health test passes; or it has none, and has run for its
 * start period without a restart.
 * @returns why it is not; undefined where it is
 */
export async function whyUnhealthy(
  context: StepContext,
  { name, startSeconds, settleSeconds }: DescribedService,
  start: Start,
): Promise<string | undefined> {
  let since = context.now();
  let ends = start.ends;
  const ended = await poll(context, startSeconds, async () => {
    const looked = await start.look();
    if (looked === undefined || start.ends !== ends) {
      since = context.now();
      ends = start.ends;
      return undefined;
    }
    if (looked !== "healthy") return looked;
    return context.now() - since >= settleSeconds * 1000 ? looked : undefined;
  });
  if (ended === "healthy") return undefined;
  const reason = ended === undefined ? start.late(startSeconds) : ended.reason;
  return `services.${name}: ${await start.explained(reason, false)}`;
}
