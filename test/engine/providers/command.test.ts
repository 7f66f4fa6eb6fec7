import { expect, test } from "vitest";
import type { Context, Existing, ResourceType } from "#engine/provider";
import { commandProvider } from "#engine/providers/command";
import type { Properties } from "#engine/values";

const environment = { PATH: process.env["PATH"], INHERITED: "yes" };
const [command] = commandProvider(environment, "/").open({}).values() as Iterable<ResourceType>;

function context(lines: string[] = [], signal = new AbortController().signal): Context {
  const log = (line: string): void => {
    lines.push(line);
  };
  return { urn: "urn", name: "job", log, signal, interrupted: false };
}

const type = command as ResourceType;
const create = (inputs: Properties, lines?: string[]) => type.create(inputs, context(lines));
const existing = (inputs: Properties, outputs: Properties = {}): Existing => ({
  id: "x",
  inputs,
  outputs,
  initErrors: [],
});

test("runs with its environment, its input and its directory, and keeps what it printed", async () => {
  const lines: string[] = [];
  const made = await create(
    {
      create: 'echo "$INHERITED $OWN $(cat) $(pwd)"; echo; echo oops >&2',
      environment: { OWN: "own" },
      stdin: "input",
      dir: "/usr",
    },
    lines,
  );
  expect(made.id).toMatch(/^job[0-9a-f]{8}$/);
  expect(made.outputs["stdout"]).toBe("yes own input /usr\n");
  expect(made.outputs["stderr"]).toBe("oops");
  expect(lines).toContain("yes own input /usr");
  expect(lines).toContain("oops");
});

test("logging chooses what is shown", async () => {
  const lines: string[] = [];
  await create({ create: "echo out; echo err >&2", logging: "stderr" }, lines);
  await create({ create: "echo out; echo err >&2", logging: "none" }, lines);
  expect(lines).toEqual(["err"]);
});

test("a command that fails says with what, and shows what it printed", async () => {
  await expect(create({ create: "echo said; exit 3" })).rejects.toThrow(
    'exit status 3: running "echo said; exit 3":\nsaid\n',
  );
});

test("a script that fails is not told in full", async () => {
  await expect(create({ create: "echo said >&2\nexit 3" })).rejects.toThrow(
    'exit status 3: running "echo said >&2 …":\nsaid\n',
  );
});

test("its interpreter may be another one", async () => {
  const made = await create({
    create: "console.log(6 * 7)",
    interpreter: [process.execPath, "-e"],
  });
  expect(made.outputs["stdout"]).toBe("42");
});

test("an update gets what was printed before, and runs create when there is no update", async () => {
  const inputs = { create: 'echo "before: $PULUMI_COMMAND_STDOUT"' };
  const old = existing(inputs, { stdout: "first" });
  expect((await type.update(old, inputs, context()))["stdout"]).toBe("before: first");
  const without = { ...inputs, addPreviousOutputInEnv: false };
  expect((await type.update(old, without, context()))["stdout"]).toBe("before: ");
  const other = { ...inputs, update: "echo updated" };
  expect((await type.update(old, other, context()))["stdout"]).toBe("updated");
});

test("a delete runs only when there is one", async () => {
  await type.delete(existing({ create: "exit 1" }), context());
  await expect(type.delete(existing({ delete: "exit 4" }), context())).rejects.toThrow(
    "exit status 4",
  );
});

test("triggers replace, all else updates", () => {
  const old = existing({ create: "a", triggers: [1] });
  expect(type.diff(old, { create: "a", triggers: [2] })).toMatchObject({ replace: ["triggers"] });
  expect(type.diff(old, { create: "b", triggers: [1] })).toMatchObject({
    changed: ["create"],
    replace: [],
  });
});

test("a command is ended, its children included, when its time is over", async () => {
  const abort = new AbortController();
  const running = type.create({ create: "sleep 60 & wait" }, context([], abort.signal));
  abort.abort();
  await expect(running).rejects.toThrow("signal SIGKILL");
});

test("refuses assets by name", () => {
  expect(() => type.check({ create: "x", assetPaths: ["*"] }, undefined, "job")).toThrow(
    'command:local:Command job: the embedded engine does not support "assetPaths".',
  );
});
