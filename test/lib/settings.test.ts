import { describe, expect, it } from "vitest";
import { z } from "zod";
import { duration } from "#lib/duration";
import { variableName } from "#lib/identifiers";
import { parseSettings, problem, problemText, SettingsError } from "#lib/settings";

const schema = z.strictObject({
  name: z.string().min(1),
  port: z.int().min(1).max(10).default(3),
  share: z.number().optional(),
  timeout: duration.optional(),
  mode: z.enum(["on", "off"]).default("on"),
  flag: z.boolean().default(true),
  words: z.array(z.string()).min(1).optional(),
  env: z.record(variableName, z.string()).default({}),
  inner: z.strictObject({ memory: z.string().optional() }).prefault({}),
  list: z.array(z.strictObject({ path: z.string() })).default([]),
  custom: z
    .string()
    .refine((text) => text === "ok", { error: problemText("is not ok", "write ok") })
    .optional(),
});

function problemsWith(value: unknown, root?: string): readonly string[] {
  try {
    parseSettings(schema, value, root);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("parseSettings", () => {
  it("fills in every default", () => {
    expect(parseSettings(schema, { name: "x" })).toEqual({
      name: "x",
      port: 3,
      mode: "on",
      flag: true,
      env: {},
      inner: {},
      list: [],
    });
  });

  it.each<[object, string]>([
    [{ nam: "x" }, 'nam: is not a setting; did you mean "name"?'],
    [{ inner: { Memroy: "1" } }, 'inner.Memroy: is not a setting; did you mean "memory"?'],
    [{ inner: { cpu: 1 } }, "inner.cpu: is not a setting; remove it or use one of memory"],
    [{ port: "3" }, 'port: "3" is a text; remove the quotes'],
    [{ port: "three" }, 'port: "three" is a text; set a number'],
    [{ port: 2.5 }, "port: 2.5 is not a whole number; round it"],
    [{ port: 0 }, "port: 0 is less than 1; set 1 or more"],
    [{ port: 11 }, "port: 11 is more than 10; set 10 or less"],
    [{ share: "0.5" }, 'share: "0.5" is a text; remove the quotes'],
    [{ name: 8 }, "name: 8 is a number; put it in quotes"],
    [{ name: "" }, "name: is empty; write something, or remove it"],
    [{ name: null }, "name: is empty; set a text, or remove it"],
    [
      { timeout: 30 },
      "timeout: 30 is a number; write a whole number and a unit: 30s, 5m, 12h or 7d",
    ],
    [{ mode: "of" }, 'mode: "of" is not allowed; use one of "on", "off"'],
    [{ flag: "yes" }, 'flag: "yes" is a text; set true or false'],
    [{ flag: "true" }, 'flag: "true" is a text; remove the quotes'],
    [{ words: "one" }, 'words: "one" is a text; set a list'],
    [{ words: [] }, "words: is an empty list; give it at least 1"],
    [{ inner: ["x"] }, 'inner: ["x"] is a list; set a mapping'],
    [{ inner: null }, "inner: is empty; put settings under it, or {}"],
    [{ list: [{ path: "a" }, {}] }, "list[1].path: is missing; set it to a text"],
    [{ custom: "no" }, 'custom: "no" is not ok; write ok'],
    [
      { env: { "1A": "x" } },
      "env.1A: is not a variable name; use letters, digits and _, not a digit first",
    ],
  ])("says of %j: %s", (wrong, line) => {
    expect(problemsWith({ name: "x", ...wrong })).toEqual([line]);
  });

  it("says what is missing", () => {
    expect(problemsWith({})).toEqual(["name: is missing; set it to a text"]);
    expect(problemsWith(undefined)).toEqual([": is missing; set it to a mapping"]);
  });

  it("reports everything at once, in the settings' order, under the path it is given", () => {
    const wrong = { name: 1, port: 99, list: [{}], extra: true };
    expect(problemsWith(wrong, "stack")).toEqual([
      "stack.name: 1 is a number; put it in quotes",
      "stack.port: 99 is more than 10; set 10 or less",
      "stack.list[0].path: is missing; set it to a text",
      "stack.extra: is not a setting; remove it or use one of name, port, share, timeout, mode, flag, words, env, inner, list, custom",
    ]);
  });

  it("shows no value under a name of the person's own: it may be a secret", () => {
    expect(problemsWith({ name: "x", env: { PIN: 123_456 } })).toEqual([
      "env.PIN: is a number; put it in quotes",
    ]);
  });

  it("cuts a long value short", () => {
    const [line = ""] = problemsWith({ name: "x", custom: "y".repeat(500) });
    expect(line).toBe(`custom: "${"y".repeat(56)}... is not ok; write ok`);
  });
});

describe("SettingsError", () => {
  it("is its problems, a line each", () => {
    const error = new SettingsError([problem("a.b", "is wrong", "mend it"), "c: d; e"]);
    expect(error.message).toBe("a.b: is wrong; mend it\nc: d; e");
    expect(error.name).toBe("SettingsError");
  });
});
