import { proxyFiles, type ProxySession } from "../proxy-session.js";
import { runCommands } from "./commands.js";

/** Path that HAProxy's check asks a server for, by the server's name. */
export type CheckPaths = ReadonlyMap<string, string>;

const file = proxyFiles.checks;
/** The map as HAProxy's configuration names it. */
export const checksFile = `/config/${file}`;

/** The paths that a file holds, a line `<server> <path>` each. */
export function checkPathsIn(text: string): CheckPaths {
  const lines = text.split("\n").filter((line) => line.includes(" "));
  return new Map(lines.map((line) => line.split(" ") as [string, string]));
}

/** The file that holds such paths. */
export function checkLines(paths: CheckPaths): string {
  return [...paths].map(([server, path]) => `${server} ${path}\n`).join("");
}

/** The paths of now, as a restart of HAProxy would find them. */
export async function readCheckPaths(session: ProxySession): Promise<CheckPaths> {
  return checkPathsIn(await session.read(file));
}

/** Adds paths to the file, which a HAProxy that starts reads. */
export async function writeCheckPaths(session: ProxySession, more: CheckPaths): Promise<void> {
  const paths = new Map([...(await readCheckPaths(session)), ...more]);
  await session.write(file, checkLines(paths));
}

/** Tells the HAProxy that runs of the paths, from its next check on. One whose configuration has no such map checks nothing by it. */
export async function useCheckPaths(session: ProxySession, paths: CheckPaths): Promise<void> {
  const shown = await session.admin([`show map ${checksFile}`]);
  if (shown.startsWith("Unknown map")) return;
  // `<pointer> <server> <path>`
  const known = new Set(shown.split("\n").map((line) => line.split(" ")[1]));
  const commands = [...paths].map(
    ([server, path]) => `${known.has(server) ? "set" : "add"} map ${checksFile} ${server} ${path}`,
  );
  await runCommands(session, commands);
}
