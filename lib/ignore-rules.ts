import { posix } from "node:path";

/** One line of a `.dockerignore`. */
interface Rule {
  /** It brings back what earlier lines leave out (`!`). */
  readonly exception: boolean;
  readonly matches: (path: string) => boolean;
  /** First part of every path that it matches. */
  readonly start: string;
}

/** A line that Docker refuses as well. */
export class PatternError extends Error {}

/** Which rules match a folder: what lies in it is left out, or brought back, by the same ones. */
export type FolderMatches = readonly boolean[];

/**
 * The rules of a `.dockerignore`, as Docker's own matcher has them: the last line that matches a path, or a folder that
 * it lies in, decides. The matcher's grammar is Go's `filepath.Match` with `**`.
 */
export class IgnoreRules {
  readonly #rules: readonly Rule[];

  /** @throws PatternError */
  constructor(text: string) {
    this.#rules = linesOf(text).map(ruleOf);
  }

  /**
   * True where a path is left out of the build context.
   * @param path from the context, with `/`
   * @param parent what the folder that it lies in has matched; none in the context itself
   */
  match(path: string, parent: FolderMatches | undefined): { ignored: boolean; own: FolderMatches } {
    let ignored = false;
    const own = this.#rules.map(({ exception, matches }, index) => {
      const inherited = parent?.[index] === true;
      // A line that could not change anything is not tried, and so what lies in a folder does not inherit it.
      if (!inherited && exception !== ignored) return false;
      const matched = inherited || matches(path);
      if (matched) ignored = !exception;
      return matched;
    });
    return { ignored, own };
  }

  /** True where an exception may bring back something in a folder that is left out. */
  mayBringBack(folder: string): boolean {
    const inside = `${folder}/`;
    return this.#rules.some(
      ({ exception, start }) => exception && (start.startsWith(inside) || inside.startsWith(start)),
    );
  }
}

const special = /[*?[\]\\]/;

function linesOf(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  return lines
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function ruleOf(line: string): Rule {
  const exception = line.startsWith("!");
  const text = exception ? line.slice(1).trim() : line;
  if (text === "") throw new PatternError(`"${line}" is no pattern`);
  const pattern = clean(text);
  requirePattern(pattern, line);
  const [start = ""] = pattern.split(special, 1);
  try {
    return { exception, matches: matcherOf(pattern), start };
  } catch (error) {
    // A class such as [z-a] is refused by the expression that it becomes, in Go as here.
    if (!(error instanceof SyntaxError)) throw error;
    throw new PatternError(`"${line}" is no pattern`, { cause: error });
  }
}

/** As Go's `filepath.Clean` has it, from the context instead of the root. */
function clean(text: string): string {
  const normal = posix.normalize(text);
  const path = normal.length > 1 ? normal.replace(/\/$/, "") : normal;
  return path.length > 1 ? path.replace(/^\//, "") : path;
}

/** Go's `filepath.Match` wants each class closed and not empty, and something after a backslash. */
function requirePattern(pattern: string, line: string): void {
  const rest = pattern.replace(/\\[^]|\[\^?(?:\\[^]|[^\]\\])+\]/g, "");
  if (/[[\\]/.test(rest)) throw new PatternError(`"${line}" is no pattern`);
}

function matcherOf(pattern: string): Rule["matches"] {
  if (!special.test(pattern)) return (path) => path === pattern;
  const [before, after] = [pattern.slice(0, -2), pattern.slice(2)];
  if (pattern.endsWith("**") && !special.test(before)) return (path) => path.startsWith(before);
  if (pattern.startsWith("**") && !special.test(after)) {
    return (path) => path.endsWith(after) || (after.startsWith("/") && path === after.slice(1));
  }
  const expression = new RegExp(`^${expressionOf(pattern)}$`);
  return (path) => expression.test(path);
}

function expressionOf(pattern: string): string {
  return pattern.replace(/\*\*\/?|[*?]|\\[^]|[.+()|{}$]/g, (token: string, offset: number) => {
    if (token.startsWith("**")) return offset + token.length === pattern.length ? ".*" : "(.*/)?";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return token.startsWith("\\") ? token : `\\${token}`;
  });
}
