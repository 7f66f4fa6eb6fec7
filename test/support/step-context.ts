import type { Docker } from "#lib/docker";
import type { CommandResult } from "#lib/run-process";
import type { StepContext } from "#release/step-context";

/** A context of a step whose time is a stand-in's: waiting takes none. */
export interface FakeContext extends StepContext {
  readonly said: string[];
  readonly printed: string[];
  /** Every `docker …`, its arguments joined. */
  readonly asked: string[];
  /** The engine is there so long. */
  wanted: boolean;
}

/** @param docker answers by the arguments; an empty success where it returns nothing */
export function fakeContext(
  environment: Readonly<Record<string, string>>,
  docker: (command: string, args: readonly string[]) => Partial<CommandResult> | undefined = () =>
    undefined,
  input = "",
): FakeContext {
  const asked: string[] = [];
  const said: string[] = [];
  const printed: string[] = [];
  let time = 0;
  const answer: Docker = (args, options) => {
    const command = args.join(" ");
    asked.push(command);
    const result = { code: 0, stdout: "", stderr: "", ...docker(command, args) };
    for (const line of `${result.stdout}${result.stderr}`.split("\n")) {
      if (line !== "") options?.line?.(line);
    }
    return Promise.resolve(result);
  };
  const context: FakeContext = {
    docker: answer,
    environment,
    input: () => Promise.resolve(input),
    say: (line) => said.push(line),
    print: (line) => printed.push(line),
    isWanted: () => context.wanted,
    wait: (milliseconds) => {
      time += milliseconds;
      return Promise.resolve();
    },
    now: () => time,
    said,
    printed,
    asked,
    wanted: true,
  };
  return context;
}
