import { StepFailure } from "../step-failure.js";
import type { ProxySession } from "../proxy-session.js";
import { runCommands } from "./commands.js";

/** Kinds of entries that HAProxy keeps. */
export type EntriesKind = "map" | "acl";

/** Gives HAProxy other entries of a file, all from one moment to the next. @throws StepFailure where it does not know the file, or refuses one */
export async function replaceEntries(
  session: ProxySession,
  kind: EntriesKind,
  path: string,
  entries: readonly string[],
): Promise<void> {
  const said = await session.admin([`prepare ${kind} ${path}`]);
  const version = /New version created: (\d+)/.exec(said)?.[1];
  if (version === undefined) throw new StepFailure(`HAProxy does not know ${path}: ${said.trim()}`);
  const added = entries.map((each) => `add ${kind} @${version} ${path} ${each}`);
  await runCommands(session, added);
  // On a line of its own: after an entry that is refused, HAProxy would run it all the same.
  await runCommands(session, [`commit ${kind} @${version} ${path}`]);
}

/** The entries that HAProxy has of a file; none of one that it does not know. */
export async function readEntries(
  session: ProxySession,
  kind: EntriesKind,
  path: string,
): Promise<string[]> {
  const shown = await session.admin([`show ${kind} ${path}`]);
  // `<pointer> <entry>`
  return shown.split("\n").flatMap((line) => /^0x\S+ (.+)$/.exec(line)?.[1] ?? []);
}
