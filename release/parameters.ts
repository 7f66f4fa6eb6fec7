import type { StepContext } from "./step-context.js";

type From = Pick<StepContext, "environment">;

/** A parameter of a step. @throws Error where the program has not set it: that is a fault of ours */
export function parameter({ environment }: From, name: string): string {
  const value = environment[name];
  if (value === undefined) throw new Error(`The step's parameter ${name} is missing.`);
  return value;
}

/** A parameter that is a list, such as of containers. */
export function wordsOf(from: From, name: string): string[] {
  return parameter(from, name)
    .split(" ")
    .filter((each) => each !== "");
}

/** A parameter that is a number. */
export function numberOf(from: From, name: string): number {
  return Number(parameter(from, name));
}
