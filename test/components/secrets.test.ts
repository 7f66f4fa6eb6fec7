import { describe, expect, it } from "vitest";
import { Secrets } from "#components/secrets";
import { secretProblems, secretsSettings, withPrevious } from "#components/secrets/settings";
import { generatedValue, inClear, isSecret, plain, registered } from "../support/pulumi.js";

const settings = secretsSettings.parse({
  TEXT: { generate: { length: 64 } },
  BASE64: { generate: { encoding: "base64", length: 32 } },
  HEX: { generate: { encoding: "hex", length: 32 } },
  GIVEN: {},
  RENAMED: { variable: "OTHER_NAME" },
  MAYBE: { optional: true },
  SEALED: { value: { secure: "app.env.KEY" } },
});
const source = (name: string) => ({ GIVEN: "canary-given", OTHER_NAME: "canary-other" })[name];
const sealed = (secure: string) => ({ "app.env.KEY": "canary-sealed" })[secure];

describe("Secrets", () => {
  it("has a value for each secret that has one, made or injected, and all are secret", async () => {
    const run = await registered(() => {
      const secrets = new Secrets("s", { settings, source, sealed });
      return { ...secrets.values, hashKey: secrets.hashKey };
    });
    const { stackOutputs } = run;
    expect(Object.values(stackOutputs).filter((value) => !isSecret(value))).toEqual([]);
    expect(plain(stackOutputs)).toEqual({
      TEXT: generatedValue("s-TEXT"),
      BASE64: Buffer.from(generatedValue("s-BASE64", true), "hex").toString("base64"),
      HEX: generatedValue("s-HEX", true),
      GIVEN: "canary-given",
      RENAMED: "canary-other",
      SEALED: "canary-sealed",
      hashKey: Buffer.from(generatedValue("s-hash-key", true), "hex").toString("base64"),
    });
    expect(inClear(run)).not.toContain("canary-");
  });

  it("has the value of a rotation, and the one before where that is handed over", async () => {
    const rotated = secretsSettings.parse({
      A: { generate: { length: 32, rotation: 2, previous: true } },
      B: { generate: { length: 32, rotation: 3 } },
    });
    const { stackOutputs } = await registered(() => ({
      ...new Secrets("s", { settings: rotated, source, sealed }).values,
    }));
    expect(plain(stackOutputs)).toEqual({
      A: generatedValue("s-A-2"),
      A_PREVIOUS: generatedValue("s-A"),
      B: generatedValue("s-B-3"),
    });
    expect(withPrevious(["A", "B"], rotated)).toEqual(["A", "A_PREVIOUS", "B"]);
  });

  it("asks for the length and the encoding of the settings", async () => {
    const run = await registered(() => ({
      made: new Secrets("s", { settings, source, sealed }).values["TEXT"],
    }));
    expect(run.inputs("s-TEXT")).toMatchObject({ length: 64, special: false });
    expect(run.inputs("s-BASE64")).toMatchObject({
      length: 64,
      overrideSpecial: "0123456789abcdef",
    });
    expect(run.inputs("s-HEX")).toMatchObject({ length: 64, lower: false, upper: false });
  });
});

describe("secretProblems", () => {
  const problem = (secret: object, value: string | undefined) =>
    secretProblems(secretsSettings.parse({ KEY: secret }), () => value)[0];

  it.each([
    [{}, "x", undefined],
    [{}, undefined, "is missing"],
    [{}, "", "is empty"],
    [{}, " \n", "is empty"],
    ...["x\n", "x\r\n", "x\r"].map((value): [object, string, string] => [
      {},
      value,
      "is one line with a line break at its end, which would be part of it (printf '%s' writes none)",
    ]),
    [{}, "-----BEGIN\nx\n-----END\n", undefined],
    [{ optional: true }, undefined, undefined],
    [{ optional: true }, "", "is empty"],
    [{ minLength: 3 }, "ab", "is shorter than 3 characters"],
    [{ minLength: 3 }, "abc", undefined],
    [{ pattern: "^sk_[a-z]+$" }, "pk_x", "does not match ^sk_[a-z]+$"],
    [{ pattern: "^sk_[a-z]+$" }, "sk_x", undefined],
    [{ generate: { length: 32 } }, undefined, undefined],
  ])("of %j with %j: %s", (secret, value, wrong) => {
    expect(problem(secret, value)).toBe(
      wrong === undefined
        ? undefined
        : `secrets.KEY: ${wrong}; set KEY in the environment of this command`,
    );
  });
});
