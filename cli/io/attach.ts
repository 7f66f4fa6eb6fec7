import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Docker } from "#lib/docker";

/** Nobody types it: with Docker's own (Ctrl-P Ctrl-Q) a shell gets no Ctrl-P, and a container is left by accident. */
export const detachKeys = "--detach-keys=ctrl-^,ctrl-^,ctrl-^,ctrl-^";

/** True where the process gets a terminal: to a pipe its line ends and echo would be noise. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** Signals that are passed on to what runs. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
export type PassedSignal = (typeof signals)[number];

/**
 * Runs `docker` on this process's own input and outputs.
 *
 * @param pass called with each signal that this process gets and the `docker` process has not got by itself
 * @returns its exit code; 128 and more where a signal has ended it
 */
export async function attach(
  docker: Docker,
  args: readonly string[],
  pass: (signal: PassedSignal, client: ChildProcess) => void,
  environment: NodeJS.ProcessEnv = {},
): Promise<number> {
  const isAtTerminal = process.stdin.isTTY;
  const child = spawn("docker", args, {
    stdio: "inherit",
    env: { ...(docker.environment ?? process.env), ...environment },
    // Away from a terminal it is alone with what is passed on; at one it could not read from it then.
    detached: !isAtTerminal,
  });
  const forget = onSignals((signal) => {
    // The terminal sends these to the command as well.
    if (!isAtTerminal || !["SIGINT", "SIGQUIT"].includes(signal)) pass(signal, child);
  });
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    forget();
  }
}

/** Calls a function at each signal, which then does not end this process. @returns what takes that back */
export function onSignals(act: (signal: PassedSignal) => void): () => void {
  const handlers = signals.map((signal) => {
    const handler = () => {
      act(signal);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => {
    for (const off of handlers) off();
  };
}
