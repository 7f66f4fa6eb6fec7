import { describe, expect, it } from "vitest";
import { nextOf, rotated } from "#cli/commands/secrets/rotate";
import { settingsFrom } from "#config";

const base = { environment: "prod", app: { name: "shop", image: "shop:1.0" } };
const settings = settingsFrom({
  ...base,
  secrets: {
    FIRST: { generate: { length: 64 } },
    UNDER_WAY: { generate: { length: 64, rotation: 2, previous: true } },
    DONE: { generate: { length: 64, rotation: 2 } },
    GIVEN: {},
    SEALED: { value: { secure: "x" } },
  },
});
const next = (name: string, finish?: boolean) =>
  nextOf(name, settings, { stack: "prod", ...(finish === undefined ? {} : { finish }) });

describe("the next rotation of a secret", () => {
  it("is a number on, with the value before, and ends without it", () => {
    expect(next("FIRST")).toEqual({ rotation: 2, previous: true });
    expect(next("DONE")).toEqual({ rotation: 3, previous: true });
    expect(next("UNDER_WAY", true)).toEqual({ rotation: 2, previous: false });
  });

  it.each([
    [
      "UNDER_WAY",
      undefined,
      "UNDER_WAY_PREVIOUS is still handed over, and would be lost; run keelson secrets rotate UNDER_WAY --finish --stack prod first.",
    ],
    ["DONE", true, "DONE_PREVIOUS is not handed over: there is nothing to finish."],
    ["GIVEN", undefined, "GIVEN comes from its source: change it there, then run keelson up."],
    [
      "SEALED",
      undefined,
      "SEALED is sealed in the stack's file: seal another value (pulumi config set --secret --path keelson:secrets.SEALED.value), then run keelson up.",
    ],
    ["NONE", undefined, "There is no secret NONE: generated are DONE, FIRST, UNDER_WAY."],
  ])("of %s (finish: %s) is refused", (name, finish, message) => {
    expect(() => next(name, finish)).toThrow(message);
  });
});

describe("rotated", () => {
  const turn = (rotation: number, previous: boolean) => ({
    path: ["secrets", "A", "generate"] as const,
    wanted: { rotation, previous },
  });
  const file = `# ours
config:
  # by name
  keelson:secrets:
    A: { generate: { length: 64 } } # a key
    B: {}
`;

  it("counts up in the stack's file, and leaves all else as it is", () => {
    const after = rotated(file, turn(2, true));
    expect(after).toBe(
      file.replace("{ length: 64 }", "{ length: 64, rotation: 2, previous: true }"),
    );
    expect(rotated(after, turn(2, false))).toBe(
      file.replace("{ length: 64 }", "{ length: 64, rotation: 2 }"),
    );
  });

  it("adds the number of a secret that the project's defaults describe", () => {
    expect(rotated("config:\n  keelson:environment: prod\n", turn(2, true))).toBe(
      `config:
  keelson:environment: prod
  keelson:secrets:
    A:
      generate:
        rotation: 2
        previous: true
`,
    );
  });
});

describe("a value before", () => {
  const wrong = (sections: object) => () => settingsFrom({ ...base, ...sections });
  const secrets = { A: { generate: { length: 64, rotation: 2, previous: true } } };

  it("takes no other variable's name", () => {
    const advice = "rename it, or finish the rotation (keelson secrets rotate A --finish)";
    expect(wrong({ secrets, app: { ...base.app, env: { A_PREVIOUS: "x" } } })).toThrow(
      `app.env.A_PREVIOUS: is the value of A before; ${advice}`,
    );
    expect(wrong({ secrets: { ...secrets, A_PREVIOUS: {} } })).toThrow(
      `secrets.A_PREVIOUS: is the value of A before; ${advice}`,
    );
  });

  it("is none of the first", () => {
    expect(wrong({ secrets: { A: { generate: { length: 64, previous: true } } } })).toThrow(
      "secrets.A.generate.previous: is true of the first value, before which there is none; remove it; keelson secrets rotate makes another value, and sets it",
    );
  });
});
