import { z } from "zod";
import { variableName } from "#lib/identifiers";
import { isSealed, maybeSecret, type SealedSource } from "#lib/sealed";
import { problem, problemText } from "#lib/settings";

const pattern = z.string().refine(isPattern, {
  error: problemText("is not a regular expression", "write one as JavaScript does, such as ^sk_"),
});

const generate = z.strictObject({
  encoding: z
    .enum(["text", "base64", "hex"])
    .default("text")
    .describe("`text`: letters and digits; `base64` and `hex`: random bytes in that encoding."),
  length: z.int().min(16).max(512).describe("Characters of a text, bytes of the others."),
  rotation: z
    .int()
    .min(1)
    .default(1)
    .describe(
      "Number of the value: the next one makes a new value. `keelson secrets rotate` counts it up.",
    ),
  previous: z
    .boolean()
    .default(false)
    .describe(
      "Whoever gets the secret gets the value of the rotation before as well, as `NAME_PREVIOUS`.",
    ),
});

/** A secret: made once and kept in the stack's state, sealed in its file, or injected: from the process environment. */
const secret = z
  .strictObject({
    value: maybeSecret(z.string())
      .optional()
      .describe(
        "Its value, sealed: `pulumi config set --secret --path keelson:secrets.NAME.value`; else it is injected.",
      ),
    generate: generate
      .optional()
      .describe(
        "Generate the value once and keep it in the stack's state, encrypted; else it is injected.",
      ),
    variable: variableName
      .optional()
      .describe(
        "Name under which its source has it, such as a variable of the environment; default: its own.",
      ),
    pattern: pattern.optional().describe("Regular expression that the value must match."),
    minLength: z.int().min(1).default(1).describe("Least number of characters."),
    description: z
      .string()
      .regex(/^[^\r\n]+$/, problemText("is not one line", "write one sentence"))
      .optional()
      .describe("What it is for, one line: `keelson env-example` writes it."),
    optional: z.boolean().default(false).describe("May be missing: the app then does not get it."),
    plain: z
      .boolean()
      .default(false)
      .describe(
        "It is no secret, and only comes from where secrets do, as a log level may: it is delivered as a variable whatever `secretsAs` says, and plans and `docker inspect` show it.",
      ),
  })
  .superRefine((given, context) => {
    const refuse = (key: string, message: string) => {
      context.addIssue({ code: "custom", path: [key], message });
    };
    if (typeof given.value === "string") {
      const advice = "seal it (pulumi config set --secret --path), and take another value";
      refuse("value", problemText("stands in clear", advice));
    }
    if (given.generate?.previous === true && given.generate.rotation === 1) {
      const advice = "remove it; keelson secrets rotate makes another value, and sets it";
      const message = problemText("is true of the first value, before which there is none", advice);
      context.addIssue({ code: "custom", path: ["generate", "previous"], message });
    }
    for (const [key, is] of rivals(given)) {
      refuse(key, problemText(`is for an injected secret, but this one is ${is}`, "remove it"));
    }
  });

/** Settings of a secret that go with another kind of it, and of which kind it is. */
function rivals(given: {
  readonly value?: unknown;
  readonly generate?: unknown;
  readonly variable?: string | undefined;
  readonly pattern?: string | undefined;
  readonly minLength: number;
  readonly optional: boolean;
  readonly plain: boolean;
}): [key: string, is: string][] {
  const { value, generate, variable, pattern, minLength, optional, plain } = given;
  const set = (settings: Readonly<Record<string, unknown>>, is: string) =>
    Object.entries(settings).flatMap(([key, each]): [string, string][] =>
      each === undefined || each === false ? [] : [[key, is]],
    );
  if (generate !== undefined) {
    return set(
      { value, variable, pattern, minLength: minLength > 1, optional, plain },
      "generated",
    );
  }
  return value === undefined ? [] : set({ variable, optional, plain }, "sealed");
}

/** The app's secrets by name. */
export const secretsSettings = z
  .record(variableName, secret)
  .default({})
  .describe("Secrets by name; each is injected, sealed, or generated.");
export type SecretsSettings = z.output<typeof secretsSettings>;

/** The name under which the value of the rotation before is handed over. */
export function previousName(name: string): string {
  return `${name}_PREVIOUS`;
}

/** Names of secrets, and of their values before where these are handed over. */
export function withPrevious(names: readonly string[], settings: SecretsSettings): string[] {
  return names.flatMap((name) =>
    settings[name]?.generate?.previous === true ? [name, previousName(name)] : [name],
  );
}

/** True of a name whose value is no secret, and only comes from where secrets do. */
export function isPlain(settings: SecretsSettings, name: string): boolean {
  return settings[name]?.plain === true;
}

/** The resource of a generated secret among those of its stack. @param rotation number of the value, from 1 */
export function generatedResource(name: string, secret: string, rotation: number): string {
  return `${name}-${secret}${rotation === 1 ? "" : `-${String(rotation)}`}`;
}

/** Source of injected secrets: a name to a value, or undefined. */
export type SecretSource = (name: string) => string | undefined;

/**
 * Problems with the injected secrets and the sealed ones, a line each; none names a value.
 *
 * @param sealed by default nothing is opened, and what is sealed not looked at
 * @param advice for a secret that is missing or wrong, by its variable
 */
export function secretProblems(
  settings: SecretsSettings,
  source: SecretSource,
  sealed: SealedSource = () => undefined,
  advice: (variable: string) => string = (variable) =>
    `set ${variable} in the environment of this command`,
): string[] {
  return Object.entries(settings).flatMap(([name, secret]) => {
    if (secret.generate !== undefined) return [];
    if (isSealed(secret.value)) {
      const text = sealed(secret.value.secure);
      const wrong = text === undefined ? undefined : whatIsWrong(text, secret);
      return wrong === undefined ? [] : [problem(`secrets.${name}`, wrong, "seal another value")];
    }
    const variable = secret.variable ?? name;
    const wrong = whatIsWrong(source(variable), secret);
    return wrong === undefined ? [] : [problem(`secrets.${name}`, wrong, advice(variable))];
  });
}

function whatIsWrong(value: string | undefined, secret: SecretsSettings[string]) {
  if (value === undefined) return secret.optional ? undefined : "is missing";
  if (value.trim() === "") return "is empty";
  if (value.includes("\0")) return "holds a NUL character";
  // Of several lines, such as those of a certificate, the last one may end as the others do.
  if (/^[^\r\n]*\r?\n$/.test(value) || /^[^\r\n]*\r$/.test(value)) {
    return "is one line with a line break at its end, which would be part of it (printf '%s' writes none)";
  }
  if (value.length < secret.minLength) {
    return `is shorter than ${String(secret.minLength)} characters`;
  }
  if (secret.pattern !== undefined && !new RegExp(secret.pattern, "u").test(value)) {
    return `does not match ${secret.pattern}`;
  }
  return undefined;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}
