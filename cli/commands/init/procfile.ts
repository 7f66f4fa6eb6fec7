import { addService, type Draft } from "./draft.js";

/** Takes over a Procfile: `web` is the app, `release` its migration, any other process a service. */
export function takeProcfile(draft: Draft, text: string): void {
  for (const line of text.split("\n")) {
    const [, name, command = ""] = /^([\w-]+):\s*(.+)$/.exec(line.trim()) ?? [];
    if (name === undefined) continue;
    const args = argumentsOf(command);
    if (args === undefined) {
      draft.left.push(`process ${name} (${command}): it needs a shell; put it into a script`);
    } else if (name === "web") {
      draft.app["command"] = args;
      draft.found.push("app.command, from the process web");
    } else if (name === "release") {
      draft.app["migrate"] = { command: args };
      draft.found.push("app.migrate.command, from the process release");
    } else addService(draft, name, { command: args }, `process ${name}`);
  }
}

/** Arguments of a command line; undefined where only a shell can read it: variables, pipes, several commands. */
export function argumentsOf(line: string): string[] | undefined {
  if (/[$`|&;<>(){}*?~]/.test(line)) return undefined;
  const found = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)];
  return found.map(
    ([, double, single, bare]) => double?.replace(/\\(.)/g, "$1") ?? single ?? bare ?? "",
  );
}
