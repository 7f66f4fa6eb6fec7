import { expect, test } from "vitest";
import { randomProvider } from "#engine/providers/random";
import type { Context, ResourceType } from "#engine/provider";
import type { Properties } from "#engine/values";

const types = randomProvider.open({});
const context = {} as Context;

function typeOf(name: string): ResourceType {
  const type = [...types].find(([token]) => token.endsWith(name))?.[1];
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

const password = async (inputs: Properties): Promise<string> =>
  (await typeOf("RandomPassword").create(inputs, context)).outputs["result"] as string;

test.each([
  [{ length: 40 }, /^.{40}$/],
  [{ length: 40, special: false }, /^[A-Za-z0-9]{40}$/],
  [{ length: 40, upper: false, lower: false, special: false }, /^[0-9]{40}$/],
  [{ length: 40, upper: false, lower: false, number: false, overrideSpecial: "_" }, /^_{40}$/],
  [
    { length: 4, minLower: 1, minUpper: 1, minNumeric: 1, minSpecial: 1 },
    /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{4}$/,
  ],
])("a password is made as %j asks", async (inputs, pattern) => {
  const made = await password(inputs);
  expect(made).toMatch(pattern);
});

test("no two are the same, and every character comes up", async () => {
  const made = await password({ length: 4000, special: false });
  expect(new Set(made).size).toBe(62);
  expect(await password({ length: 32 })).not.toBe(await password({ length: 32 }));
});

test("a length that cannot hold what must be in it is refused", () => {
  expect(() => typeOf("RandomPassword").create({ length: 2, minUpper: 3 }, context)).toThrow(
    "length 2 is too short for what must be in it (3)",
  );
});

test("bytes come as base64 and hex, and are kept under the former", async () => {
  const { id, outputs } = await typeOf("RandomBytes").create({ length: 32 }, context);
  const bytes = Buffer.from(outputs["base64"] as string, "base64");
  expect(bytes).toHaveLength(32);
  expect(outputs["hex"]).toBe(bytes.toString("hex"));
  expect(id).toBe(outputs["base64"]);
});

test("every change makes a new one", () => {
  const old = { id: "none", inputs: { length: 1 }, outputs: {}, initErrors: [] };
  expect(typeOf("RandomPassword").diff(old, { length: 2 })).toMatchObject({ replace: ["length"] });
});
