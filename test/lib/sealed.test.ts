import { describe, expect, it } from "vitest";
import { z } from "zod";
import { sealablePaths } from "#lib/schema-walk";
import { fromRecord, isSealed, maybeSecret, replaceSealed, sealedIn } from "#lib/sealed";
import { parseSettings, SettingsError, wrongText } from "#lib/settings";

const short = z
  .string()
  .max(6, "is too long; cut it")
  .regex(/^[a-z]*$/, "is not a word; use letters")
  .meta({ title: "word" });

const schema = z.strictObject({
  name: z.string().optional(),
  size: z.int().default(1),
  words: z.array(z.string()).default([]),
  env: z.record(z.string(), maybeSecret(z.string())).default({}),
  steps: z.array(z.strictObject({ token: maybeSecret(short).optional() })).default([]),
});

const seal = { secure: "v1:nonce:canary" };

function problemsOf(value: unknown): readonly string[] {
  try {
    parseSettings(schema, value);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("a sealed text", () => {
  it.each([
    [{ secure: "v1:a:b" }, true],
    [{ secure: 1 }, false],
    [{ secure: "a", insecure: "b" }, false],
    [{}, false],
    [["secure"], false],
    ["secure", false],
    [null, false],
  ])("is a mapping of nothing but secure: %j", (value, is) => {
    expect(isSealed(value)).toBe(is);
  });

  it("is found and replaced wherever it is", () => {
    const value = { a: seal, b: [1, { c: seal }], d: { secure: seal } };
    expect(sealedIn(value).map(({ path }) => path)).toEqual([
      ["a"],
      ["b", 1, "c"],
      ["d", "secure"],
    ]);
    expect(replaceSealed(value, () => "x")).toEqual({
      a: "x",
      b: [1, { c: "x" }],
      d: { secure: "x" },
    });
  });

  it("of a record stands for itself", () => {
    expect(fromRecord({ env: { A: { sealed: "k1:x" }, sealed: "no" } })).toEqual({
      env: { A: { secure: "k1:x" }, sealed: "no" },
    });
  });
});

describe("settings", () => {
  it("take a sealed text where one may be, and nowhere else", () => {
    const good = { env: { A: seal, B: "clear" }, steps: [{ token: seal }] };
    expect(parseSettings(schema, good)).toEqual({ ...good, size: 1, words: [] });
    const able = "write it in clear; sealed may be env.NAME, steps[].token";
    expect(
      problemsOf({ name: seal, size: seal, words: ["a", seal], env: seal, steps: seal }),
    ).toEqual([
      `name: is sealed, and no secret can be there; ${able}`,
      `size: is sealed, and no secret can be there; ${able}`,
      `words[1]: is sealed, and no secret can be there; ${able}`,
      "env: is sealed as a whole; seal single texts in it: env.NAME",
      "steps: is sealed as a whole; seal single texts in it: steps[].token",
    ]);
  });

  it("name what else is wrong in the same run", () => {
    expect(
      problemsOf({ size: seal, env: { A: 5 }, steps: [{ token: "Abc" }], nmae: seal }),
    ).toEqual([
      "size: is sealed, and no secret can be there; write it in clear; sealed may be env.NAME, steps[].token",
      "env.A: is a number; put it in quotes",
      'steps[0].token: "Abc" is not a word; use letters',
      'nmae: is not a setting; did you mean "name"?',
    ]);
  });

  it("show no value where one may be secret", () => {
    const wrong = () =>
      parseSettings(schema, { size: "canary", steps: [{ token: "CANARY" }] }, "", true);
    expect(wrong).toThrow(
      new SettingsError([
        "size: is a text; set a number",
        "steps[0].token: is not a word; use letters",
      ]),
    );
  });

  it("list the paths that may be sealed", () => {
    expect(sealablePaths(schema)).toEqual(["env.NAME", "steps[].token"]);
  });
});

describe("wrongText", () => {
  it.each([
    [["steps", 0, "token"], "abc", undefined],
    [["steps", 0, "token"], "CANARY", "is not a word; use letters"],
    [["steps", 0, "token"], "canarycanary", "is too long; cut it"],
    [["env", "A"], "CANARY", undefined],
    [["name"], "CANARY", undefined],
  ])("says of %j what is wrong, without the text", (path, text, wrong) => {
    expect(wrongText(schema, path, text)).toBe(wrong);
  });
});
