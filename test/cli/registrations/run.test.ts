import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { execCommand, runCommand } from "#cli/registrations/run";
import { psqlCommand } from "#cli/registrations/psql";

/** What a command line makes of what runs it. */
async function parsed(...line: string[]): Promise<unknown[]> {
  const calls: unknown[][] = [];
  const load = () => Promise.resolve((...args: unknown[]) => calls.push(args.slice(0, -1)));
  const program = new Command("keelson");
  runCommand(program, load);
  execCommand(program, load);
  psqlCommand(program, load);
  await program.parseAsync(["node", "keelson", ...line]);
  return calls[0] ?? [];
}
const onLocal = { stack: "local" };

describe("a command line with --", () => {
  it.each<[string, unknown[]]>([
    ["run -- ls -l --stack x", [["ls", "-l", "--stack", "x"], { ...onLocal, as: "app" }]],
    ["run --as migrator -- a", [["a"], { ...onLocal, as: "migrator" }]],
    ["run -- -- a", [["--", "a"], { ...onLocal, as: "app" }]],
    ["exec", ["app", [], onLocal]],
    ["exec postgres", ["postgres", [], onLocal]],
    ["exec -- ls", ["app", ["ls"], onLocal]],
    ["exec postgres --stack prod -- ls -l", ["postgres", ["ls", "-l"], { stack: "prod" }]],
    ["psql", [undefined, [], { ...onLocal, as: "readonly" }]],
    ["psql -- -c x", [undefined, ["-c", "x"], { ...onLocal, as: "readonly" }]],
    ["psql shop --as app -- -c", ["shop", ["-c"], { ...onLocal, as: "app" }]],
  ])("%s", async (line, expected) => {
    expect(await parsed(...line.split(" "))).toEqual(expected);
  });
});
