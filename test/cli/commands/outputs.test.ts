import { describe, expect, it } from "vitest";
import { requireOutputs } from "#cli/commands/outputs";
import type { EngineChoice } from "#cli/engines/choice";
import { targetOf } from "#cli/project/target";

const choice: EngineChoice = { kind: "embedded", why: "asked for" };
const recorded = (resources: object[]) => () =>
  Promise.resolve({ resources, pending: [] } as never);

describe("the outputs", () => {
  const target = targetOf({ stack: "local" }, "/checkout");
  const of = (resources: object[], environment: NodeJS.ProcessEnv = {}) =>
    requireOutputs({ target, choice, runner: { recorded: recorded(resources) } }, {}, environment);

  it("of a stack that was never brought up are an error, with what to do", async () => {
    await expect(of([])).rejects.toThrow(
      /^The stack local has nothing in its state; run keelson up --stack local\.$/,
    );
  });

  it("that another backend may have say which state was read", async () => {
    await expect(of([], { PULUMI_BACKEND_URL: "s3://mine" })).rejects.toThrow(
      /\.\nPULUMI_BACKEND_URL is not used: .*, and the state of local is in \S+\.$/,
    );
  });

  it("may be none where the stack has resources", async () => {
    await expect(of([{}])).resolves.toBeUndefined();
  });
});
