import { Command } from "commander";
import { expect, it } from "vitest";
import { upCommand, type UpOptions } from "#cli/registrations/up";

it("up takes --yes, which those who come from pulumi up pass", async () => {
  const taken: UpOptions[] = [];
  const program = new Command().exitOverride();
  upCommand(program, () => Promise.resolve((options: UpOptions) => taken.push(options)));
  await program.parseAsync(["node", "keelson", "up", "--yes", "--stack", "prod"]);
  expect(taken).toEqual([{ stack: "prod", yes: true }]);
});
