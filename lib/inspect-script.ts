import { ofPackage } from "./package-root.js";
import { readFileSync } from "node:fs";

/** Scripts `images/inspect-…`, which a shell reads on standard input, in a container or on a host: it need not have them. */
export type Inspection = "data" | "host" | "libraries";

/** The script, as standard input of `sh`. */
export function inspectScript(name: Inspection): string {
  return readFileSync(ofPackage("images", `inspect-${name}`), "utf8");
}
