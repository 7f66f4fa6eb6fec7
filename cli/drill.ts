import { proofText, type Proof } from "./backups.js";
import { Failure } from "./failure.js";
import { withProgress, type Say } from "./progress.js";
import { tail } from "./shell.js";
import { workloadOf } from "./stack-container.js";
import type { StackOptions } from "./target.js";

/** `keelson drill now`: restores into a scratch server and looks whether everything is there. */
export async function drillNow(
  options: StackOptions & {
    readonly json?: boolean;
    readonly random?: boolean;
    readonly at?: string;
  },
  say: Say,
): Promise<void> {
  if (options.random === true && options.at !== undefined) {
    throw new Failure("--random and --at are two targets; give one.");
  }
  const { docker, id } = await workloadOf(options, "drill");
  const target = options.at ?? (options.random === true ? "random" : "latest");
  const run = docker(["exec", id, "/usr/local/bin/drill", target]);
  const ended = await (options.json === true ? run : withProgress(say, "drill", run));
  const proof = proofIn(ended.stdout);
  if (proof === undefined) throw new Failure(`The drill did not run: ${tail(ended)}`);
  if (options.json === true) say(JSON.stringify(proof));
  else for (const line of proofText(proof)) say(line);
  if (ended.code !== 0 || !proof.proven) {
    throw new Failure("The backups of this stack are not proven.");
  }
}

function proofIn(text: string): Proof | undefined {
  try {
    return JSON.parse(text) as Proof;
  } catch {
    return undefined;
  }
}
