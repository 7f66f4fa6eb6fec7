import { z } from "zod";

/** Settings are wrong. `problems` holds one line for each, `<path>: <what is wrong>; <what to do>`. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "SettingsError";
    this.problems = problems;
  }
}

/** Parses `value`; every problem is reported at once, each under its full path. @throws SettingsError */
export function parseSettings<S extends z.ZodType>(
  schema: S,
  value: unknown,
  root = "",
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new SettingsError(
    result.error.issues.flatMap((issue) => problemsOf(issue, schema, root, value)),
  );
}

/** One line in the form that every settings problem has. */
export function problem(path: string, wrong: string, advice: string): string {
  return `${path}: ${wrong}; ${advice}`;
}

/** What a custom check says: both halves of the line, joined as `problem` joins them. */
export function saying(wrong: string, advice: string): string {
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

function problemsOf(issue: Issue, schema: z.ZodType, root: string, value: unknown): string[] {
  const path = joinPath(root, issue.path);
  const got = valueAt(value, issue.path);
  // What a person names, a person may have put a secret in: an environment, say.
  const subject = isUnderOwnName(schema, issue.path) ? "" : `${shown(got)} `;
  const line = (wrong: string, advice: string) => [problem(path, wrong, advice)];
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) =>
        problem(joinPath(path, [key]), "is not a setting", correction(key, known)),
      );
    }
    case "invalid_type":
      return line(
        ...wrongType(got, issue.expected, subject, schemasAlong(schema, issue.path).at(-1)),
      );
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
      return [`${path}: ${typeof got === "object" ? "" : subject}${issue.message}`];
  }
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

function joinPath(root: string, path: readonly PropertyKey[]): string {
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

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = schemasAlong(schema, path).at(-1);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function isUnderOwnName(schema: z.ZodType, path: readonly PropertyKey[]): boolean {
  return schemasAlong(schema, path.slice(0, -1)).some((each) => each instanceof z.ZodRecord);
}

/** The schema, and those of each step of the path, as far as it goes. */
function schemasAlong(schema: z.ZodType, path: readonly PropertyKey[]): unknown[] {
  const along: unknown[] = [unwrap(schema)];
  for (const part of path) along.push(unwrap(schemaUnder(along.at(-1), part)));
  return along;
}

function schemaUnder(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<PropertyKey, unknown>)[part];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}

function correction(key: string, known: readonly string[]): string {
  const near = known.find((each) => distance(each.toLowerCase(), key.toLowerCase()) <= 2);
  if (near !== undefined) return `did you mean "${near}"?`;
  return known.length === 0 ? "remove it" : `remove it or use one of ${known.join(", ")}`;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
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
