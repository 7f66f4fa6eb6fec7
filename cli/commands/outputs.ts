import type { Say } from "../io/progress.js";
import type { Outputs } from "../engines/runner.js";
import type { OutputsOptions } from "../registrations/outputs.js";
import { openSession } from "../stack/session.js";

/** `keelson outputs`: what the stack offers; secret values only when asked for. */
export async function outputs(options: OutputsOptions, say: Say): Promise<void> {
  const quiet = () => undefined;
  const { runner } = await openSession(options, options.json === true ? quiet : say, {
    readOnly: true,
    secrets: "unused",
  });
  const shown = maskedOutputs(await runner.outputs(), options.showSecrets === true);
  if (options.json === true) say(JSON.stringify(shown));
  else for (const [name, value] of Object.entries(shown)) say(`  ${name}  ${textOf(value)}`);
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
