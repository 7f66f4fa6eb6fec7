import type { Say } from "../io/progress.js";
import { stateLine } from "../engines/choice.js";
import type { Outputs, Runner } from "../engines/runner.js";
import { Failure } from "../io/failure.js";
import type { OutputsOptions } from "../registrations/outputs.js";
import { openSession, type Session } from "../stack/session.js";

/** `keelson outputs`: what the stack offers; secret values only when asked for. */
export async function outputs(options: OutputsOptions, say: Say): Promise<void> {
  const quiet = () => undefined;
  const session = await openSession(options, options.json === true ? quiet : say, {
    readOnly: true,
    secrets: "unused",
  });
  const all = await session.runner.outputs();
  await requireOutputs(session, all);
  const shown = maskedOutputs(all, options.showSecrets === true);
  if (options.json === true) say(JSON.stringify(shown));
  else for (const [name, value] of Object.entries(shown)) say(`  ${name}  ${textOf(value)}`);
}

/** @throws Failure for a stack that was never brought up, and says where its state was looked for */
export async function requireOutputs(
  {
    runner,
    target,
    choice,
  }: Pick<Session, "target" | "choice"> & { runner: Pick<Runner, "recorded"> },
  all: Outputs,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (Object.keys(all).length > 0 || (await runner.recorded()).resources.length > 0) return;
  const state = stateLine(target, choice, environment);
  throw new Failure(
    `The stack ${target.stack} has nothing in its state; run keelson up --stack ${target.stack}.` +
      (state === undefined ? "" : `\n${state}`),
  );
}

/** Outputs by name, secret ones as `[secret]` unless they are to be shown. */
export function maskedOutputs(all: Outputs, showSecrets: boolean): Record<string, unknown> {
  const entries = Object.entries(all);
  return Object.fromEntries(
    entries.map(([name, { value, secret }]) => [name, secret && !showSecrets ? "[secret]" : value]),
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
