import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { openKept } from "#lib/kept-secret";
import { isSealed, type SealedSource, type SealedText } from "#lib/sealed";
import { randomBytes } from "#workload/random-bytes";
import {
  generatedResource,
  previousName,
  type SecretSource,
  type SecretsSettings,
} from "./secrets/settings.js";

/** Names to values: generated ones by @pulumi/random, sealed ones, the others from their source. All are secret. */
export class Secrets extends pulumi.ComponentResource {
  /** Every secret that has a value. */
  readonly values: Readonly<Record<string, pulumi.Output<string>>>;
  /** Key of this stack's keyed hashes, base64. */
  readonly hashKey: pulumi.Output<string>;
  readonly #sealed: SealedSource;

  /** @param source must have passed `secretProblems` */
  constructor(
    name: string,
    args: {
      readonly settings: SecretsSettings;
      readonly source: SecretSource;
      readonly sealed: SealedSource;
    },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Secrets", name, {}, opts);
    this.#sealed = args.sealed;
    const values: Record<string, pulumi.Output<string>> = {};
    const injected: Record<string, string> = {};
    for (const [secretName, secret] of Object.entries(args.settings)) {
      if (secret.generate !== undefined) {
        const { generate } = secret;
        const { rotation, previous } = generate;
        const made = (number: number) =>
          this.generate(generatedResource(name, secretName, number), generate);
        values[secretName] = made(rotation);
        if (previous) values[previousName(secretName)] = made(rotation - 1);
        continue;
      }
      if (isSealed(secret.value)) {
        values[secretName] = this.open(secret.value);
        continue;
      }
      const value = args.source(secret.variable ?? secretName);
      if (value === undefined) continue;
      values[secretName] = pulumi.secret(value);
      injected[secretName] = value;
    }
    this.values = values;
    this.hashKey = randomBytes(`${name}-hash-key`, 32, "base64", { parent: this });
    // For commands that change no secret, and need not ask for what the state has. Sealed as a whole.
    this.registerOutputs({ injected: pulumi.secret(injected) });
  }

  /** The text of a sealed setting, secret: of the configuration, or of the release's record that is rolled back to. */
  open({ secure }: SealedText): pulumi.Output<string> {
    const text = this.#sealed(secure);
    if (text !== undefined) return pulumi.secret(text);
    return pulumi.secret(this.hashKey.apply((key) => openKept(secure, key)));
  }

  private generate(
    name: string,
    { encoding, length }: NonNullable<SecretsSettings[string]["generate"]>,
  ): pulumi.Output<string> {
    if (encoding === "text") {
      return new random.RandomPassword(name, { length, special: false }, { parent: this }).result;
    }
    return randomBytes(name, length, encoding, { parent: this });
  }
}

/** The value of a secret that a setting names; undefined where it names none. */
export function optionalSecret(
  secrets: Secrets,
  name: string | undefined,
): pulumi.Output<string> | undefined {
  return name === undefined ? undefined : secrets.values[name];
}
