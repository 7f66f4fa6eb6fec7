import { dockerAt } from "#lib/docker";
import { attach, detachKeys, hasTerminal } from "../io/attach.js";
import { Failure } from "../io/failure.js";
import { settingsOf, targetOf } from "../project/target.js";
import type { StackOptions } from "../registrations/command.js";
import { isNamed, processesOf, requireProcesses } from "../stack/processes.js";

/** `keelson exec`: a command in a container that runs; this process ends as the command does. */
export async function execCommand(
  process_: string,
  command: readonly string[],
  options: StackOptions,
): Promise<void> {
  const target = targetOf(options);
  const settings = settingsOf(target);
  const docker = dockerAt(settings.docker.host);
  const all = await processesOf(docker, settings, target.stack);
  requireProcesses(all, [process_]);
  const found = all.find((each) => each.running && isNamed(each, [process_]));
  if (found === undefined) {
    throw new Failure(`${process_} does not run; run keelson up, or see keelson logs ${process_}.`);
  }
  const args = execArgs(found.id, command, hasTerminal(), process.env["TERM"]);
  // Docker passes no signal on to what `exec` has begun: the connection ends, and with it the input of the command.
  process.exitCode = await attach(docker, args, (signal, client) => client.kill(signal));
}

/** Arguments of `docker` that run a command, by default a shell, in a container. @param term its terminal's kind */
export function execArgs(
  id: string,
  command: readonly string[],
  isAtTerminal: boolean,
  term?: string,
): string[] {
  const terminal = isAtTerminal ? ["--tty", "--env", `TERM=${term ?? "xterm"}`] : [];
  const args = command.length === 0 ? ["sh"] : command;
  return ["exec", "--interactive", ...terminal, detachKeys, id, ...args];
}
