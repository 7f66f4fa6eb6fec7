import type { Step, StepState } from "../../engines/runner.js";

/** The engines' placeholder for unknown values and for secrets. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
export const hidden = "[secret]";

/** Inputs or outputs of a resource. */
export type Values = Readonly<Record<string, unknown>>;

/** A resource of a preview: what it is now, and what it is to be. */
export interface Previewed {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  /** Name within the stack: without the stack's own name before it. */
  readonly name: string;
  /** Inputs before and after; undefined where there is nothing. */
  readonly old: Values | undefined;
  readonly new: Values | undefined;
  readonly oldState: StepState | undefined;
  readonly newState: StepState | undefined;
  /** Inputs that differ, as far as can be seen, and those that the engine names. */
  readonly changed: readonly string[];
}

/** The resources of a preview's steps. @param stack `<app>-<stack>`, which their names begin with */
export function previewed(steps: readonly Step[], stack: string): Previewed[] {
  return steps.map(({ op, urn, oldState, newState, diffReasons }) => {
    const after = op === "delete" ? undefined : newState;
    const name = urn.split("::").at(-1) ?? urn;
    return {
      op,
      urn,
      oldState,
      newState: after,
      type: (after ?? oldState)?.type ?? "",
      name: name.startsWith(`${stack}-`) ? name.slice(stack.length + 1) : name,
      old: oldState === undefined ? undefined : (oldState.inputs ?? {}),
      new: after === undefined ? undefined : (after.inputs ?? {}),
      changed: changedInputs(oldState?.inputs ?? {}, after?.inputs ?? {}, diffReasons ?? []),
    };
  });
}

/** True where two values are the same to a person: absent, null and empty are. */
export function alike(a: unknown, b: unknown): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => alike(each, b[index]));
  }
  if (isValues(a) && isValues(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => key.startsWith("__") || alike(a[key], b[key]));
  }
  return a === b;
}

/** True for a mapping. */
export function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The mappings of a list. */
export function listOf(value: unknown): Values[] {
  return Array.isArray(value) ? value.filter(isValues) : [];
}

/** A text among the inputs or outputs that is known, and no secret. */
export function textIn(values: Values | undefined, key: string): string | undefined {
  const value = values?.[key];
  return typeof value === "string" && value !== hidden && !value.includes(unknown)
    ? value
    : undefined;
}

/** A variable of a step's environment; as `textIn`. */
export function variableIn(inputs: Values | undefined, name: string): string | undefined {
  const environment = inputs?.["environment"];
  return isValues(environment) ? textIn(environment, name) : undefined;
}

/** True where a step has a variable, known or not. */
export function hasVariable(inputs: Values | undefined, name: string): boolean {
  const environment = inputs?.["environment"];
  return isValues(environment) && environment[name] !== undefined;
}

/** The workload that a container is of, by its label. */
export function workloadOf(inputs: Values | undefined): string {
  const label = listOf(inputs?.["labels"]).find((each) => each["label"] === workloadLabel);
  return typeof label?.["value"] === "string" ? label["value"] : "";
}

/** Names of containers that an engine makes up end in this. */
export const madeUp = /-[0-9a-f]{7}(?![0-9a-z-])/g;

const workloadLabel = "dev.keelson.workload";

function changedInputs(old: Values, now: Values, named: readonly string[]): string[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...keys].filter((key) => {
    if (key.startsWith("__")) return false;
    if (!alike(old[key], now[key])) return true;
    // Two secrets look the same; the engine knows better.
    return named.includes(key) && JSON.stringify(now[key] ?? "").includes(hidden);
  });
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isValues(value) && Object.keys(value).every((key) => key.startsWith("__"));
}
