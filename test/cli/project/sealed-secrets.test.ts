import { describe, expect, it } from "vitest";
import { injectedIn } from "#cli/engines/runner";
import { withSealedSecrets } from "#cli/project/sealed-secrets";
import { settingsFrom } from "#config";

const settings = settingsFrom({
  environment: "prod",
  app: { name: "shop", image: "shop:1.0" },
  secrets: {
    A: {},
    B: { variable: "B_VARIABLE" },
    C: { generate: { length: 32 } },
    D: { optional: true },
  },
});

/** The environment that a command gets, and what it says. */
async function completed(environment: NodeJS.ProcessEnv, sealed: Record<string, string>) {
  const said: string[] = [];
  let asked = 0;
  const runner = {
    injected: () => {
      asked += 1;
      return Promise.resolve(sealed);
    },
  };
  const say = (line: string) => said.push(line);
  const result = await withSealedSecrets(settings, runner, environment, "/nowhere", say);
  return { result, said, asked };
}

describe("withSealedSecrets", () => {
  it("takes what the environment lacks from the state, by the secrets' variables, and says so", async () => {
    const { result, said } = await completed({ A: "mine" }, { A: "old", B: "sealed", C: "no" });
    expect(result).toEqual({
      A: "mine",
      KEELSON_INJECTED_B_VARIABLE: "sealed",
      KEELSON_ABSENT_SECRETS: "D",
    });
    expect(said).toEqual(["Not in the environment, so taken from the stack's state: B."]);
  });

  it("does not open the state where nothing is missing", async () => {
    const environment = { A: "1", B_VARIABLE: "2", D: "3" };
    expect(await completed(environment, {})).toEqual({ result: environment, said: [], asked: 0 });
  });

  it("leaves what is nowhere to the check of the secrets", async () => {
    expect((await completed({}, {})).result).toEqual({});
  });
});

describe("injectedIn", () => {
  it("reads the texts of the component's output, and none where a stack of before has it not", () => {
    const outputs = { injected: { value: { A: "1", B: 2 }, secret: true } };
    expect(injectedIn(outputs)).toEqual({ A: "1" });
    expect(injectedIn({})).toEqual({});
  });
});
