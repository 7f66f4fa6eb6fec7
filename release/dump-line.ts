import { z } from "zod";

/** The line in which `backup` says what it has written. */
const written = z.object({ file: z.string().min(1) });

/** The file of the dump that `backup` has made, by what it printed; undefined where it does not say. */
export function dumpIn(printed: string): string | undefined {
  const files = printed.split("\n").flatMap((line) => {
    const found = written.safeParse(parsed(line));
    return found.success ? [found.data.file] : [];
  });
  return files.at(-1);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Another line, of a tool that it runs.
    return undefined;
  }
}
