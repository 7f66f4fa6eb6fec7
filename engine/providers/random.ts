import { randomBytes, randomInt } from "node:crypto";
import { EngineError } from "../errors.js";
import type { Created, Diff, Existing, Provider, ResourceType } from "../provider.js";
import { equal, keysOf } from "../values.js";
import type { Properties } from "../values.js";

const alphabets = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
};
type Kind = keyof typeof alphabets;
const kinds = Object.keys(alphabets) as Kind[];
const minimums: Record<Kind, string> = {
  lower: "minLower",
  upper: "minUpper",
  numeric: "minNumeric",
  special: "minSpecial",
};
const passwordInputs = [
  "keepers",
  "length",
  "number",
  "overrideSpecial",
  ...kinds,
  ...Object.values(minimums),
];

/** The package `random`: passwords and bytes, made once and kept in the state. */
export const randomProvider: Provider = {
  package: "random",
  settings: [],
  types: ["random:index/randomPassword:RandomPassword", "random:index/randomBytes:RandomBytes"],
  open: () =>
    new Map([
      ["random:index/randomPassword:RandomPassword", password],
      ["random:index/randomBytes:RandomBytes", bytes],
    ]),
};

const password: ResourceType = {
  ...once(passwordInputs, "random:RandomPassword"),
  secretOutputs: ["result", "bcryptHash"],
  create: (inputs) => Promise.resolve(createPassword(inputs)),
};

const bytes: ResourceType = {
  ...once(["keepers", "length"], "random:RandomBytes"),
  secretOutputs: ["base64", "hex"],
  create: (inputs) => {
    const value = randomBytes(Number(inputs["length"]));
    const base64 = value.toString("base64");
    const outputs = { ...inputs, base64, hex: value.toString("hex") };
    return Promise.resolve({ id: base64, outputs });
  },
};

// Every change makes a new value; nothing exists outside the state.
function once(known: string[], type: string): Omit<ResourceType, "create"> {
  return {
    check: (inputs, _old, name) => {
      const stray = Object.keys(inputs).find((key) => !known.includes(key));
      if (stray !== undefined)
        throw new EngineError(
          `${type} ${name}: the embedded engine does not know the input "${stray}".`,
        );
      return inputs;
    },
    diff: (existing: Existing, inputs: Properties): Diff => {
      const keys = keysOf(existing.inputs, inputs);
      const changed = keys.filter((key) => !equal(existing.inputs[key], inputs[key]));
      return { changed, replace: changed, deleteBeforeReplace: false };
    },
    update: (existing) => Promise.resolve(existing.outputs),
    delete: () => Promise.resolve(),
  };
}

function createPassword(inputs: Properties): Created {
  const wanted = new Map(kinds.map((kind) => [kind, isWanted(inputs, kind)]));
  const least = (kind: Kind): number => Number(inputs[minimums[kind]] ?? 0);
  const result = generate(Number(inputs["length"]), inputs, wanted, least);
  const flags = Object.fromEntries([...wanted].map(([kind, on]) => [kind, on]));
  const leasts = Object.fromEntries(kinds.map((kind) => [minimums[kind], least(kind)]));
  return {
    id: "none",
    outputs: {
      __meta: '{"schema_version":"3"}',
      ...inputs,
      ...flags,
      ...leasts,
      id: "none",
      number: wanted.get("numeric") ?? true,
      result,
    },
  };
}

function isWanted(inputs: Properties, kind: Kind): boolean {
  const given = kind === "numeric" ? (inputs["numeric"] ?? inputs["number"]) : inputs[kind];
  return given !== false;
}

function generate(
  length: number,
  inputs: Properties,
  wanted: Map<Kind, boolean>,
  least: (kind: Kind) => number,
): string {
  const override = inputs["overrideSpecial"];
  const alphabet = (kind: Kind): string =>
    kind === "special" && typeof override === "string" && override !== ""
      ? override
      : alphabets[kind];
  const needed = kinds.reduce((sum, kind) => sum + least(kind), 0);
  if (!(length >= 1) || needed > length)
    throw new EngineError(`length ${length} is too short for what must be in it (${needed})`);
  const all = kinds
    .filter((kind) => wanted.get(kind) === true)
    .map(alphabet)
    .join("");
  if (all === "" && needed < length) throw new EngineError("no kind of character is left to use");
  const characters = kinds.flatMap((kind) => pick(alphabet(kind), least(kind)));
  return shuffled([...characters, ...pick(all, length - needed)]).join("");
}

function pick(alphabet: string, count: number): string[] {
  return Array.from({ length: count }, () => alphabet.charAt(randomInt(alphabet.length)));
}

function shuffled(characters: string[]): string[] {
  const result = [...characters];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [result[last], result[other]] = [result[other] ?? "", result[last] ?? ""];
  }
  return result;
}
