import { createInterface } from "node:readline/promises";
import { Failure } from "./failure.js";

/** Asks a person to type a word before something is lost. @throws Failure when it is not typed, or nobody is there */
export async function confirm(
  what: string,
  word: string,
  options: { readonly yes?: boolean },
): Promise<void> {
  if (options.yes === true) return;
  if (!process.stdin.isTTY) {
    throw new Failure(`${what} Nobody is here to ask; add --yes to do it.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${what} Type ${word} to go on: `);
    if (answer.trim() !== word) throw new Failure("Nothing was changed.");
  } finally {
    terminal.close();
  }
}
