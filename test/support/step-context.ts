import type { Docker } from "#lib/docker";
import type { Ended } from "#lib/run-process";
import type { StepContext } from "#release/step-context";

/** A context of a step whose time is a stand-in's: waiting takes none. */
export interface FakeContext extends StepContext {
  readonly said: string[];
  readonly printed: string[];
  /** Every `docker …`, its words joined. */
  readonly asked: string[];
  /** The engine is there so long. */
  wanted: boolean;
}

/** @param docker answers by the words; an empty success where it returns nothing */
export function fakeContext(
  environment: Readonly<Record<string, string>>,
  docker: (words: string, args: readonly string[]) => Partial<Ended> | undefined = () => undefined,
  input = "",
): FakeContext {
  const asked: string[] = [];
  const said: string[] = [];
  const printed: string[] = [];
  let time = 0;
  const answer: Docker = (args, options) => {
    const words = args.join(" ");
    asked.push(words);
    const ended = { code: 0, stdout: "", stderr: "", ...docker(words, args) };
    for (const line of `${ended.stdout}${ended.stderr}`.split("\n")) {
      if (line !== "") options?.line?.(line);
    }
    return Promise.resolve(ended);
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
