import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** So many random bytes, kept in the state, sealed. Not `random.RandomBytes`: its id, which no state seals, is the value itself. */
export function randomBytes(
  name: string,
  count: number,
  encoding: "base64" | "hex",
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const digits = { special: true, overrideSpecial: "0123456789abcdef" };
  const hex = new random.RandomPassword(
    name,
    { length: count * 2, ...digits, lower: false, upper: false, numeric: false },
    opts,
  ).result;
  return hex.apply((text) => Buffer.from(text, "hex").toString(encoding));
}
