import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Scripts `images/look-…`, which a shell in a container reads on standard input: its image need not have them. */
export type Look = "data" | "libraries";

/** The script, as standard input of `sh`. */
export function lookScript(name: Look): string {
  return readFileSync(fileURLToPath(new URL(`../images/look-${name}`, import.meta.url)), "utf8");
}
