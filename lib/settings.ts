import { z } from "zod";
import { CompleteError } from "./complete-error.js";
import { correction } from "./correction.js";
import { whyInClear } from "./in-clear.js";
import {
  isUnderOwnName,
  keysAt,
  plainSchemaAt,
  sealablePaths,
  schemasAlong,
} from "./schema-walk.js";
import { isSealable, replaceSealed, sealedIn, textOf } from "./sealed.js";
import { isVariableText } from "./variable-text.js";

/** Settings are wrong. `problems` holds one line for each, `<path>: <what is wrong>; <what to do>`. */
export class SettingsError extends CompleteError {
  public override readonly name = "SettingsError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/**
 * Parses `value`; every problem is reported at once, each under its full path. A text is sealed only where its schema
 * says `maybeSecret`.
 *
 * @param mayHide values may be secret that nothing marks: no problem shows one
 * @throws SettingsError
 */
export function parseSettings<S extends z.ZodType>(
  schema: S,
  value: unknown,
  root = "",
  mayHide = false,
): z.output<S> {
  const misplaced = misplacedIn(schema, value);
  const seals = misplaced.map(({ sealed }) => sealed);
  // What is sealed in the wrong place is said once, not for each of what follows from that.
  const rest = replaceSealed(value, (each) => (seals.includes(each) ? undefined : each));
  const result = schema.safeParse(rest);
  if (result.success && misplaced.length === 0) return result.data;
  const isSaid = (path: readonly PropertyKey[]) =>
    misplaced.some((each) => each.path.every((part, index) => part === path[index]));
  const parsed = { schema, root, value: rest, mayHide, isSaid };
  throw new SettingsError([
    ...misplaced.map(({ path }) => misplacedProblem(schema, root, path)),
    ...(result.error?.issues ?? []).flatMap((issue) => problemsOf(issue, parsed)),
  ]);
}

/** Returns the problem of a text once it is unsealed, without the text itself; undefined where there is none. */
export function wrongText(
  schema: z.ZodType,
  path: readonly PropertyKey[],
  text: string,
): string | undefined {
  const inner = schemasAlong(schema, path).at(-1);
  if (!isSealable(inner)) return undefined;
  return textOf(inner).safeParse(text).error?.issues[0]?.message;
}

function misplacedIn(schema: z.ZodType, value: unknown) {
  return sealedIn(value).filter(({ path }) => {
    const inner = schemasAlong(schema, path).at(-1);
    // A name that is no setting is a problem of its own.
    return inner !== undefined && !isSealable(inner);
  });
}

function misplacedProblem(schema: z.ZodType, root: string, path: readonly PropertyKey[]): string {
  const at = joinPath(root, path);
  const inner = schemasAlong(schema, path).at(-1);
  const inside = sealablePaths(inner, at);
  if (inside.length > 0) {
    return problem(at, "is sealed as a whole", `seal single texts in it: ${inside.join(", ")}`);
  }
  const known = whyInClear(inner);
  if (known !== undefined) return problem(at, `is sealed, but ${known.why}`, known.instead);
  const able = sealablePaths(schema, root).join(", ");
  return problem(
    at,
    "is sealed, and no secret can be there",
    `write it in clear; sealed may be ${able}`,
  );
}

/** One line in the form that every settings problem has. */
export function problem(path: string, wrong: string, advice: string): string {
  return `${path}: ${wrong}; ${advice}`;
}

/** Returns the message of a custom check: both halves of the line, joined as `problem` joins them. */
export function problemText(wrong: string, advice: string): string {
  return `${wrong}; ${advice}`;
}

/** One problem for each value that an earlier path has already. */
export function duplicates(
  pairs: readonly (readonly [string, string | number])[],
  kind: string,
): string[] {
  const first = new Map<string | number, string>();
  return pairs.flatMap(([path, value]) => {
    const earlier = first.get(value);
    if (earlier === undefined) {
      first.set(value, path);
      return [];
    }
    const wrong = `${kind} ${String(value)} is already taken by ${earlier}`;
    return [problem(path, wrong, `choose another ${kind}`)];
  });
}

type Issue = z.core.$ZodIssue;

interface Parsed {
  readonly schema: z.ZodType;
  readonly root: string;
  readonly value: unknown;
  readonly mayHide: boolean;
  readonly isSaid: (path: readonly PropertyKey[]) => boolean;
}

function problemsOf(issue: Issue, parsed: Parsed): string[] {
  const { schema, root, value, mayHide } = parsed;
  if (parsed.isSaid(issue.path)) return [];
  const path = joinPath(root, issue.path);
  const got = valueAt(value, issue.path);
  // What a person names, a person may have put a secret in: an environment, say.
  const subject = mayHide || isUnderOwnName(schema, issue.path) ? "" : `${shown(got)} `;
  const line = (wrong: string, advice: string) => [problem(path, wrong, advice)];
  const below = (inside: readonly Issue[]) =>
    inside.flatMap((each) => problemsOf({ ...each, path: [...issue.path, ...each.path] }, parsed));
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) =>
        problem(joinPath(path, [key]), "is not a setting", correction(key, known)),
      );
    }
    case "invalid_type":
      return line(...wrongType(got, issue.expected, subject, plainSchemaAt(schema, issue.path)));
    case "invalid_union": {
      // A list, where one thing or a list of them may be: what is wrong with its entries.
      const own = issue.errors.find((each) => each.every((inside) => inside.path.length > 0));
      if (Array.isArray(got) && own !== undefined) return below(own);
      const inner = schemasAlong(schema, issue.path).at(-1);
      if (!isSealable(inner) && !isVariableText(inner)) break;
      // Whatever it is, it is not sealed: what is wrong with it as a text.
      return below(issue.errors[0] ?? []);
    }
    case "invalid_value": {
      const advice = `use one of ${issue.values.map((each) => JSON.stringify(each)).join(", ")}`;
      return line(got === undefined ? "is missing" : `${subject}is not allowed`, advice);
    }
    case "too_small":
      return line(...tooSmall(got, String(issue.minimum), subject));
    case "too_big":
      return line(
        `${subject}is more than ${String(issue.maximum)}`,
        `set ${String(issue.maximum)} or less`,
      );
    case "invalid_key":
      return issue.issues.map((each) => `${path}: ${each.message}`);
    default:
  }
  return [`${path}: ${typeof got === "object" ? "" : subject}${issue.message}`];
}

function wrongType(
  got: unknown,
  expected: string,
  subject: string,
  schema: unknown,
): [wrong: string, advice: string] {
  const kind = withArticle(expected);
  if (got === undefined) return ["is missing", `set it to ${kind}`];
  if (got === null)
    return [
      "is empty",
      expected === "object" ? "put settings under it, or {}" : `set ${kind}, or remove it`,
    ];
  if (expected === "int" && typeof got === "number") {
    return [`${subject}is not a whole number`, "round it"];
  }
  return [`${subject}is ${kindOf(got)}`, rewritten(got, expected, schema)];
}

/** YAML takes `8` for a number and `"8"` for a text: what to type instead. */
function rewritten(got: unknown, expected: string, schema: unknown): string {
  const scalar = typeof got === "number" || typeof got === "boolean";
  if (expected === "string" && scalar && schema instanceof z.ZodType) {
    const quoted = schema.safeParse(String(got));
    if (quoted.success) return "put it in quotes";
    return quoted.error.issues[0]?.message.split("; ")[1] ?? "put it in quotes";
  }
  const unquoted = typeof got === "string" && /^(\d+(\.\d+)?|true|false)$/.test(got);
  if (unquoted && ["int", "number", "boolean"].includes(expected)) return "remove the quotes";
  return `set ${withArticle(expected)}`;
}

function tooSmall(got: unknown, least: string, subject: string): [string, string] {
  if (typeof got === "string") return ["is empty", "write something, or remove it"];
  if (Array.isArray(got)) return ["is an empty list", `give it at least ${least}`];
  return [`${subject}is less than ${least}`, `set ${least} or more`];
}

/** A path as a person writes it: `list[0].name`. */
export function joinPath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((joined, part) => {
    if (typeof part === "number") return `${joined}[${String(part)}]`;
    return joined === "" ? String(part) : `${joined}.${String(part)}`;
  }, root);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === "object" && inner !== null
        ? (inner as Record<PropertyKey, unknown>)[part]
        : undefined,
    value,
  );
}

function shown(value: unknown): string {
  const text = value === undefined ? undefined : JSON.stringify(value);
  return text === undefined ? "nothing" : text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function kindOf(value: unknown): string {
  return withArticle(Array.isArray(value) ? "array" : typeof value);
}

const kinds: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  string: "a text",
  boolean: "true or false",
};

function withArticle(kind: string): string {
  return kinds[kind] ?? `a ${kind}`;
}
