import { describe, expect, it } from "vitest";
import { inContainer } from "#release/in-container";
import { fakeContext } from "../support/step-context.js";

const commands = JSON.stringify([
  { args: ["prepare-repository"] },
  { args: ["physical-backup", "full"], detached: true },
]);

describe("commands in a container", () => {
  it("run one after the other, those that go on by themselves too", async () => {
    const context = fakeContext({ CONTAINER: "c1", COMMANDS: commands }, (command) =>
      command.endsWith("prepare-repository") ? { stdout: "prepared\n" } : undefined,
    );
    await inContainer(context);
    expect(context.asked).toEqual([
      "exec c1 prepare-repository",
      "exec --detach c1 physical-backup full",
    ]);
    expect(context.said).toEqual(["prepared"]);
  });

  it("are the step's output where that is asked for, and what they complain of is said", async () => {
    const one = JSON.stringify([{ args: ["authority"] }]);
    const context = fakeContext({ CONTAINER: "c1", COMMANDS: one, PRINTS: "yes" }, () => ({
      stdout: "a certificate\n",
      stderr: "a warning\n",
    }));
    await inContainer(context);
    expect([context.printed, context.said]).toEqual([["a certificate"], ["a warning"]]);
  });

  it.each([
    [{}, "prepare-repository ended with 3 (above)"],
    [{ FAILURE: "There is no certificate." }, "There is no certificate."],
  ])("end at the first that fails: %j", async (more, sentence) => {
    const environment = { CONTAINER: "c1", COMMANDS: commands, ...more };
    const context = fakeContext(environment, () => ({ code: 3, stderr: "no room\n" }));
    await expect(inContainer(context)).rejects.toThrow(sentence);
    expect([context.asked, context.said]).toEqual([["exec c1 prepare-repository"], ["no room"]]);
  });
});
