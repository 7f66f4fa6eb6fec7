import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Failure } from "../../io/failure.js";
import { shown, type Source } from "./source.js";

/** Variable with the password of the old server's role. */
export const passwordVariable = "ADOPT_PASSWORD";

/** The password of the old server's role, from the environment or a person. @throws Failure where there is neither */
export async function passwordOf(source: Source, environment: NodeJS.ProcessEnv): Promise<string> {
  const given = environment[passwordVariable];
  if (given !== undefined) return given;
  if (!process.stdin.isTTY) {
    throw new Failure(
      `${passwordVariable}: is not set, and nobody is here to ask; set it to the password of ${shown(source)}, or to nothing where it needs none.`,
    );
  }
  process.stdout.write(`Password of ${shown(source)}: `);
  // What is typed is not shown.
  const output = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stdout.write("\n");
  }
}
