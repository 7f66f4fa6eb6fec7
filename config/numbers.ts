import { isMap, isPair, isScalar, Scalar, visit, type Document } from "yaml";
import { problem } from "#lib/settings";

/**
 * Problems with variables whose plain YAML is a number in another form than it would be passed on in, such as `0123`
 * (123, or octal 83) or `1_000`: a reader of YAML drops what a person wrote, and two readers differ.
 */
export function numberProblems(document: Document): string[] {
  const problems: string[] = [];
  visit(document, {
    Pair: (_, pair, ancestors) => {
      const keys = [...ancestors.filter(isPair), pair].map(({ key }) => textOf(key));
      const { value } = pair;
      if (keys.at(-2) !== "env" || !isMap(ancestors.at(-1)) || !isScalar(value)) return;
      if (!isMisread(value)) return;
      const wrong = `${value.source ?? ""} is read as a number of another form`;
      problems.push(problem(pathOf(keys), wrong, "put it in quotes"));
    },
  });
  return problems;
}

function isMisread({ type, source = "", value }: Scalar): boolean {
  if (type !== Scalar.PLAIN) return false;
  if (typeof value === "number") {
    return Number.isInteger(value) && (source !== String(value) || !Number.isSafeInteger(value));
  }
  // Pulumi's reader of YAML takes these for numbers.
  return /^[-+]?(0b[01_]+|\d+(_\d*)+|0[xo][\da-f]*_[\da-f_]*)$/i.test(source);
}

/** The setting's path: neither `config` nor the namespace, nor the `value` of Pulumi.yaml, belongs to it. */
function pathOf(keys: readonly string[]): string {
  return keys
    .slice(1)
    .map((key, index) => (index === 0 ? (key.split(":").at(-1) ?? key) : key))
    .filter((key, index) => index !== 1 || key !== "value")
    .join(".");
}

function textOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}
