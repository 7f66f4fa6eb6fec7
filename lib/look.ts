import { ofPackage } from "./package-root.js";
import { readFileSync } from "node:fs";

/** Scripts `images/look-…`, which a shell reads on standard input, in a container or on a host: it need not have them. */
export type Look = "data" | "host" | "libraries";

/** The script, as standard input of `sh`. */
export function lookScript(name: Look): string {
  return readFileSync(ofPackage("images", `look-${name}`), "utf8");
}
