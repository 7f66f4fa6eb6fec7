import { titleOf } from "./urn.js";
import { equal, isProperties, reveal, Secret, some, without } from "./values.js";
import type { Properties, Value } from "./values.js";

/** An operation on a resource in a run. */
export type Operation = "create" | "update" | "replace" | "delete" | "same" | "read";

/** Numbers of resources by their fate. */
export interface Changes {
  create: number;
  update: number;
  replace: number;
  delete: number;
  same: number;
}

const signs: Record<Operation, string> = {
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  same: " ",
  read: "?",
};
const shortestMasked = 4;
const heartbeatsSeconds = [2, 10];

/** Prints a run's lines; a secret that it knows leaves in none of them. */
export class Display {
  readonly #output: (line: string) => void;
  readonly #secrets = new Set<string>();
  readonly #began = performance.now();
  #masks: string[] | undefined;

  constructor(output: (line: string) => void) {
    this.#output = output;
  }

  /** Remembers every secret in the value, to be masked from here on. */
  learn(value: Value | undefined): void {
    some(value, (inner) => {
      if (inner instanceof Secret) this.#learnAll(inner.value);
      return false;
    });
  }

  /** `learn` for every property. */
  learnAll(properties: Properties): void {
    for (const value of Object.values(properties)) this.learn(value);
  }

  /** `learn` for what a resource has come to, from inputs that were learned before. */
  learnOutputs(type: string, all: Properties, inputs: Properties): void {
    // One secret input can make all outputs secret; what was given in clear, names above all, is not one for that.
    this.learnAll(inputs);
    const given = Object.keys(all).filter((key) =>
      equal(reveal(all[key] ?? null), reveal(inputs[key] ?? null)),
    );
    const outputs = given.reduce((rest, key) => without(rest, key), all);
    // What a command prints is shown while it runs: to mask it later only hides the same words of later runs.
    const shown = type === "command:local:Command" && outputs["logging"] === undefined;
    this.learnAll(shown ? without(without(outputs, "stdout"), "stderr") : outputs);
  }

  /** Remembers a text as a secret. */
  learnText(text: string): void {
    const forms = [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
    const lines = text.includes("\n") ? text.split("\n") : [];
    for (const form of [...forms, ...lines])
      if (form.trim().length >= shortestMasked) this.#secrets.add(form.trim());
    this.#masks = undefined;
  }

  /** The text with every known secret replaced. */
  mask(text: string): string {
    // The longest first: a secret may be part of another one.
    this.#masks ??= [...this.#secrets].sort((a, b) => b.length - a.length);
    return this.#masks.reduce((masked, secret) => masked.replaceAll(secret, "[secret]"), text);
  }

  /** Prints a text, line by line. */
  print(text: string): void {
    for (const line of this.mask(text).split("\n")) this.#output(line);
  }

  /**
   * Shows a step while it goes on: a line now and then when it takes long, one at its end.
   * Returns the function to call at its end, with what went wrong if something did.
   */
  step(operation: Operation, urn: string, reason: string): (failure?: string) => void {
    const started = performance.now();
    const title = `${headline(operation, urn, reason)} …`;
    const heartbeat = this.#heartbeat(title, started);
    return (failure) => {
      clearTimeout(heartbeat.timer);
      // Its first line: the run ends with all of it.
      const ending = failure === undefined ? "" : ` failed: ${failure.split("\n")[0] ?? ""}`;
      const begun = ((started - this.#began) / 1000).toFixed(1);
      this.print(`${title} ${secondsSince(started)} s (begun at ${begun} s)${ending}`);
    };
  }

  /** Shows a step that takes no time, or that a preview only foresees. */
  note(operation: Operation, urn: string, reason: string): void {
    this.print(headline(operation, urn, reason));
  }

  #heartbeat(title: string, started: number): { timer: NodeJS.Timeout } {
    const [first = 2, second = 10] = heartbeatsSeconds;
    const beat = (seconds: number): NodeJS.Timeout =>
      setTimeout(() => {
        this.print(`${title} ${Math.round(Number(secondsSince(started)))} s so far`);
        heartbeat.timer = beat(seconds === first ? second - first : second);
      }, seconds * 1000).unref();
    const heartbeat = { timer: beat(first) };
    return heartbeat;
  }

  #learnAll(value: Value): void {
    if (typeof value === "string") this.learnText(value);
    else if (typeof value === "number") this.learnText(String(value));
    else if (value instanceof Secret) this.#learnAll(value.value);
    else if (Array.isArray(value)) for (const element of value) this.#learnAll(element);
    else if (isProperties(value))
      for (const element of Object.values(value)) this.#learnAll(element);
  }
}

function headline(operation: Operation, urn: string, reason: string): string {
  const because = reason === "" ? "" : ` (${reason})`;
  return `  ${signs[operation]} ${operation} ${titleOf(urn)}${because}`;
}

/** Seconds since a `performance.now()`, with one digit. */
export function secondsSince(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}

const args: [keyof Changes, string][] = [
  ["create", "+ {} created"],
  ["update", "~ {} updated"],
  ["replace", "± {} replaced"],
  ["delete", "- {} deleted"],
  ["same", "{} unchanged"],
];

/** One line like Pulumi's: `Resources: + 12 created, 3 unchanged; Duration: 9.1 s`. */
export function summary(changes: Changes, seconds: number, preview: boolean): string {
  const parts = args
    .filter(([key]) => changes[key] > 0)
    .map(([key, text]) => text.replace("{}", String(changes[key])));
  const counted = parts.length === 0 ? "nothing" : parts.join(", ");
  const label = preview ? "Resources (preview, nothing was done)" : "Resources";
  return `${label}: ${counted}; Duration: ${seconds.toFixed(1)} s`;
}
