import { parseEnv } from "node:util";
import type { Variable } from "./variables.js";

/** Names that a dotenv file has, those in comments (`# NAME=value`) included: a person has written them down. */
export function namesIn(text: string): Set<string> {
  const commented = [...text.matchAll(/^\s*#\s*([A-Z][A-Z0-9_]*)=/gm)].map(
    (match) => match[1] ?? "",
  );
  return new Set([...Object.keys(parseEnv(text)), ...commented]);
}

/** A dotenv file with the variables that it lacks at its end; all that is there stays. */
export function completed(text: string, variables: readonly Variable[]): string {
  const known = namesIn(text);
  const missing = variables.filter(({ name }) => !known.has(name));
  if (missing.length === 0) return text;
  const blocks = missing.map(
    ({ name, value, meaning }) =>
      `${meaning === "" ? "" : `# ${meaning}\n`}${name}=${written(value)}`,
  );
  const before = text.trimEnd();
  return `${before === "" ? "" : `${before}\n\n`}${blocks.join("\n")}\n`;
}

/** A value as dotenv reads it back: quoted where it has to be. */
function written(value: string): string {
  if (/^[\w@%+=:,./$-]*$/.test(value)) return value;
  const quote = ["'", '"', "`"].find((each) => !value.includes(each)) ?? '"';
  return `${quote}${value}${quote}`;
}
