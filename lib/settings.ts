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

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, schema: z.ZodType, root: string, value: unknown): string[] {
  const path = joinPath(root, issue.path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) =>
        problem(joinPath(path, [key]), "is not a setting", correction(key, known)),
      );
    }
    case "invalid_type": {
      const got = valueAt(value, issue.path);
      return got === undefined
        ? [problem(path, "is missing", `set it to ${withArticle(issue.expected)}`)]
        : [problem(path, `${shown(got)} is ${kindOf(got)}`, `set ${withArticle(issue.expected)}`)];
    }
    case "invalid_value": {
      const allowed = issue.values.map((each) => JSON.stringify(each)).join(", ");
      return [
        problem(
          path,
          `${shown(valueAt(value, issue.path))} is not allowed`,
          `use one of ${allowed}`,
        ),
      ];
    }
    case "too_small":
      return [problem(path, `is below the least allowed`, `set ${String(issue.minimum)} or more`)];
    case "too_big":
      return [problem(path, `is above the most allowed`, `set ${String(issue.maximum)} or less`)];
    default:
      return [`${path}: ${issue.message}`];
  }
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
  let inner: unknown = unwrap(schema);
  for (const part of path) {
    if (inner instanceof z.ZodObject)
      inner = unwrap((inner.shape as Record<PropertyKey, unknown>)[part]);
    else if (inner instanceof z.ZodRecord) inner = unwrap(inner.valueType);
    else if (inner instanceof z.ZodArray) inner = unwrap(inner.element);
    else return [];
  }
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
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
  if (value === null) return "empty";
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
