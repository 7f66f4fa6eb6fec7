import type { Settings } from "../config.js";
import { confirm } from "./ask.js";
import { Failure } from "./failure.js";
import type { Say } from "./progress.js";
import { repair } from "./repair.js";
import { openSession, type EngineOptions } from "./session.js";
import { checkedSettings, targetOf } from "./target.js";
import { keptText, ourVolumes, removeVolumes } from "./volumes.js";

/** `keelson destroy`: removes a stack; its data volumes stay unless told otherwise. */
export async function destroy(
  options: EngineOptions & { readonly yes?: boolean; readonly destroyData?: boolean },
  say: Say,
): Promise<void> {
  const withData = options.destroyData === true;
  const refusal = protection(checkedSettings(targetOf(options)), options.stack);
  if (refusal !== undefined && !withData) throw new Failure(refusal);
  const data = withData ? "with its database and its backups, for good" : "but keeps its data";
  await confirm(`This removes the stack ${options.stack}, ${data}.`, options.stack, options);
  const { runner, docker, settings, target } = await openSession(options, say);
  // Roles and grants are removed through the database: it has to be there.
  await repair({ runner, docker, app: settings.app.name, stack: target.stack }, say);
  const { changes, seconds } = await runner.destroy({ protectedToo: withData });
  say(`${changes.delete} removed, ${seconds.toFixed(1)} s.`);
  const volumes = await ourVolumes(docker, settings.app.name, target.stack);
  if (withData) await removeVolumes(docker, volumes);
  else for (const line of keptText(volumes)) say(line);
}

/** Why a stack is not destroyed just so; undefined when nothing in its settings protects data. */
export function protection(settings: Settings, stack: string): string | undefined {
  const names = (["postgres", "backup"] as const).filter((name) => settings[name].protect);
  if (names.length === 0) return undefined;
  const protectedBy = names.map((name) => `${name}.protect`).join(" and ");
  return (
    `The data of ${stack} is protected by ${protectedBy}; to lose it for good add --destroy-data, ` +
    "or set this to false and run keelson up first."
  );
}
