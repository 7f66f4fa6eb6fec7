import { ofPackage } from "./package-root.js";
import { readFileSync } from "node:fs";

/** Scripts `images/look-…`, which a shell in a container reads on standard input: its image need not have them. */
export type Look = "data" | "libraries";

/** The script, as standard input of `sh`. */
export function lookScript(name: Look): string {
  return readFileSync(ofPackage("images", `look-${name}`), "utf8");
}
