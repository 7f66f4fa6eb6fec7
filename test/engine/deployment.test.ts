import { beforeEach, describe, expect, test } from "vitest";
import { Secret, unknown } from "#engine/values";
import { FakeProvider, thing } from "./support/fake-provider.js";
import { goal, TestStack } from "./support/stack.js";

const urn = (name: string): string => `urn:pulumi:test-unit::keelson::${thing}::${name}`;
const dependentOn = (name: string): object => ({
  dependencies: [urn(name)],
  propertyDependencies: { link: [urn(name)] },
});

let provider: FakeProvider;
let stack: TestStack;

beforeEach(() => {
  provider = new FakeProvider();
  stack = new TestStack(provider);
});

test("creates what is new, leaves what is the same, updates what changed", async () => {
  const first = await stack.run([goal("a", { inputs: { size: 1 } }), goal("b")]);
  expect(first.changes).toEqual({ create: 2, update: 0, replace: 0, delete: 0, same: 0 });
  const second = await stack.run([goal("a", { inputs: { size: 1 } }), goal("b")]);
  expect(second.changes).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 2 });
  const third = await stack.run([goal("a", { inputs: { size: 2 } }), goal("b")]);
  expect(third.changes).toEqual({ create: 0, update: 1, replace: 0, delete: 0, same: 1 });
  expect(provider.events).toEqual(["create a", "create b", "update a"]);
});

test("deletes what the program no longer has, users before what they use", async () => {
  const chain = [goal("a"), goal("b", dependentOn("a")), goal("c", dependentOn("b"))];
  await stack.run(chain);
  provider.events.length = 0;
  const steps = await stack.run([]);
  expect(provider.events).toEqual(["delete c", "delete b", "delete a"]);
  expect(steps.changes.delete).toBe(3);
  expect(stack.state.resources).toEqual([]);
});

describe("replacement", () => {
  test("creates the new one, with a new name, before the old one goes", async () => {
    await stack.run([goal("a", { inputs: { kind: "x" } })]);
    const [oldName] = provider.things.keys();
    provider.events.length = 0;
    const steps = await stack.run([goal("a", { inputs: { kind: "y" } })]);
    expect(provider.events).toEqual(["create a", "delete a"]);
    expect(steps.changes).toMatchObject({ replace: 1, delete: 0, create: 0 });
    expect([...provider.things.keys()]).toHaveLength(1);
    expect(provider.things.has(oldName ?? "")).toBe(false);
  });

  test("keeps the old one, marked, as long as the run does not come to its end", async () => {
    await stack.run([goal("a", { inputs: { kind: "x" } })]);
    const { deployment } = await stack.start();
    await deployment.register(goal("a", { inputs: { kind: "y" } }));
    expect(stack.state.resources.filter(({ urn: each }) => each === urn("a"))).toMatchObject([
      { inputs: { kind: "y" } },
      { inputs: { kind: "x" }, delete: true },
    ]);
    provider.events.length = 0;
    const steps = await stack.run([goal("a", { inputs: { kind: "y" } })]);
    expect(provider.events).toEqual(["delete a"]);
    expect(steps.changes).toMatchObject({ same: 1, replace: 0 });
  });

  test("deletes first when the provider must, and takes along what depends by a property", async () => {
    provider.deleteFirst = true;
    const goals = (kind: string) => [
      goal("a", { inputs: { kind } }),
      goal("user", { ...dependentOn("a"), inputs: { link: `to-${kind}` } }),
      goal("waits", { dependencies: [urn("a")] }),
    ];
    await stack.run(goals("x"));
    provider.events.length = 0;
    const steps = await stack.run(goals("y"));
    expect(provider.events).toEqual(["delete user", "delete a", "create a", "create user"]);
    expect(steps.changes).toMatchObject({ replace: 2, same: 1, delete: 0 });
  });

  test("goes on with the create when a kill came after the delete", async () => {
    provider.deleteFirst = true;
    await stack.run([goal("a", { inputs: { kind: "x" } })]);
    provider.afterEffect = () => Promise.reject(new Error("no"));
    await expect(stack.run([goal("a", { inputs: { kind: "y" } })])).rejects.toThrow("no");
    expect(stack.state.resources.find((each) => each.urn === urn("a"))).toMatchObject({
      pendingReplacement: true,
    });
    provider.afterEffect = () => Promise.resolve();
    provider.events.length = 0;
    const steps = await stack.run([goal("a", { inputs: { kind: "y" } })]);
    expect(provider.events).toEqual(["create a"]);
    expect(steps.changes.replace).toBe(1);
    expect(stack.state.resources.filter((each) => each.urn === urn("a"))).toHaveLength(1);
  });

  test("follows deleteBeforeReplace: false against the provider's own mind", async () => {
    provider.deleteFirst = true;
    const options = { deleteBeforeReplace: false };
    await stack.run([goal("a", { ...options, inputs: { kind: "x" } })]);
    provider.events.length = 0;
    await stack.run([goal("a", { ...options, inputs: { kind: "y" } })]);
    expect(provider.events).toEqual(["create a", "delete a"]);
  });

  test("goes first when the name was given and stays", async () => {
    await stack.run([goal("a", { inputs: { name: "given", kind: "x" } })]);
    provider.events.length = 0;
    await stack.run([goal("a", { inputs: { name: "given", kind: "y" } })]);
    expect(provider.events).toEqual(["delete a", "create a"]);
  });

  test.each(["*", "options", "options.deep", "options.*"])(
    "follows from a change of what replaceOnChanges names as %s",
    async (path) => {
      const at = (deep: number) =>
        goal("a", { inputs: { options: { deep } }, replaceOnChanges: [path] });
      await stack.run([at(1)]);
      const steps = await stack.run([at(2)]);
      expect(steps.changes).toMatchObject({ replace: 1, update: 0 });
    },
  );

  test("does not follow when replaceOnChanges names something else", async () => {
    const at = (deep: number) =>
      goal("a", { inputs: { options: { deep } }, replaceOnChanges: ["options.other"] });
    await stack.run([at(1)]);
    expect((await stack.run([at(2)])).changes).toMatchObject({ replace: 0, update: 1 });
  });
});

describe("options", () => {
  test("a protected resource is neither deleted nor replaced", async () => {
    const guarded = (kind: string) => goal("a", { protect: true, inputs: { kind } });
    await stack.run([guarded("x")]);
    await expect(stack.run([])).rejects.toThrow(/^fake:Thing a is protected and would be deleted/);
    await expect(stack.run([guarded("y")])).rejects.toThrow(
      /^fake:Thing a is protected and would be replaced/,
    );
    expect(provider.events).toEqual(["create a"]);
  });

  test("a protected resource is deleted by a destroy with the flag, and by no other", async () => {
    await stack.run([goal("a", { protect: true })]);
    await expect(stack.destroy(false)).rejects.toThrow(
      /^fake:Thing a is protected and would be deleted/,
    );
    expect(provider.events).toEqual(["create a"]);
    expect((await stack.destroy(true)).changes).toMatchObject({ delete: 1 });
    expect(provider.events).toEqual(["create a", "delete a"]);
  });

  test("a retained resource leaves the state and stays in the world", async () => {
    await stack.run([goal("a", { retainOnDelete: true })]);
    await stack.run([]);
    expect(provider.events).toEqual(["create a"]);
    expect(stack.state.resources).toEqual([]);
  });

  test("ignoreChanges keeps the old value", async () => {
    const at = (size: number) => goal("a", { inputs: { size }, ignoreChanges: ["size"] });
    await stack.run([at(1)]);
    expect((await stack.run([at(2)])).changes.same).toBe(1);
  });

  test("an alias takes the state over, children included", async () => {
    const parts = (name: string) => [
      goal(name, { type: "test:index:Component", custom: false }),
      goal("child", { parent: `urn:pulumi:test-unit::keelson::test:index:Component::${name}` }),
    ];
    await stack.run(parts("old"));
    const [component, child] = parts("new");
    const spec = { name: "old", type: "", stack: "", project: "", parent: undefined };
    const goals = [{ ...component, aliases: [spec] }, child] as ReturnType<typeof goal>[];
    const steps = await stack.run(goals);
    expect(steps.changes).toMatchObject({ same: 2, create: 0, delete: 0 });
  });
});

test("a preview has no effects and tells the steps", async () => {
  await stack.run([goal("a", { inputs: { kind: "x" } }), goal("b")]);
  const before = provider.events.length;
  const saves = stack.saved.length;
  const goals = [goal("a", { inputs: { kind: "y" } }), goal("c", { inputs: { size: unknown } })];
  const steps = await stack.run(goals, true);
  expect(steps.changes).toEqual({ create: 1, update: 0, replace: 1, delete: 1, same: 0 });
  expect(provider.events).toHaveLength(before);
  expect(stack.saved.slice(saves).every((state) => state.pending.length === 0)).toBe(true);
});

describe("a kill", () => {
  test("in the middle of a create leaves a note, by which the next run takes it over", async () => {
    const { deployment } = await stack.start();
    let reached: () => void = () => undefined;
    const midway = new Promise<void>((resolve) => (reached = resolve));
    provider.afterEffect = () => {
      reached();
      return new Promise(() => undefined);
    };
    void deployment.register(goal("a"));
    await midway;
    expect(stack.state.pending).toMatchObject([{ type: "creating", resource: { urn: urn("a") } }]);
    provider.events.length = 0;
    provider.afterEffect = () => Promise.resolve();
    const steps = await stack.run([goal("a")]);
    expect(provider.events).toEqual(["recover a"]);
    expect(steps.changes).toMatchObject({ same: 1, create: 0 });
    expect(provider.things.size).toBe(1);
  });

  test("leaves its note until the resource itself is settled, and no longer", async () => {
    const { deployment } = await stack.start();
    await deployment.register(goal("a"));
    const note = stack.saved.find((state) => state.pending.length > 0)?.pending[0];
    if (note === undefined) throw new Error("nothing was noted");
    stack.saved.push({ ...stack.state, pending: [{ ...note, type: "updating" }] });
    const next = await stack.start();
    expect(next.steps.interrupted).toEqual(new Set([urn("a")]));
    await next.deployment.register(goal("b"));
    expect(stack.state.pending).toHaveLength(1);
    await next.deployment.register(goal("a"));
    await next.deployment.register(goal("c"));
    expect(stack.state.pending).toEqual([]);
  });

  test("before the effect makes the next run create it", async () => {
    const { deployment } = await stack.start();
    await deployment.register(goal("a"));
    const [pending] = stack.saved.filter((state) => state.pending.length > 0);
    expect(pending).toBeDefined();
    stack.saved.push(pending ?? stack.state);
    provider.things.clear();
    provider.events.length = 0;
    await stack.run([goal("a")]);
    expect(provider.events).toEqual(["recover a", "create a"]);
  });
});

test("secret inputs make secret outputs, and no line shows them", async () => {
  const inputs = { secret: new Secret("canary-value"), kind: "x" };
  await stack.run([goal("a", { inputs, additionalSecretOutputs: ["kind"] })]);
  const saved = stack.state.resources.find((resource) => resource.urn === urn("a"));
  expect(saved?.outputs["secret"]).toEqual(new Secret("canary-value"));
  expect(saved?.outputs["token"]).toEqual(new Secret("token-of-a"));
  expect(saved?.outputs["kind"]).toEqual(new Secret("x"));
  provider.afterEffect = () => Promise.reject(new Error("it said canary-value"));
  await expect(stack.run([goal("b", { inputs })])).rejects.toThrow();
  expect(stack.lines.join("\n")).toContain("failed: it said [secret]");
  expect(stack.lines.join("\n")).not.toContain("canary-value");
});

test("refuses a type that it does not have by name", async () => {
  await expect(stack.run([goal("x", { type: "aws:s3/bucket:Bucket" })])).rejects.toThrow(
    'aws:s3:Bucket x: the embedded engine has no provider "aws"; use the Pulumi CLI for it.',
  );
  await expect(stack.run([goal("x", { type: "fake:index:Other" })])).rejects.toThrow(
    "fake:Other x: the embedded engine does not know the type fake:index:Other; use the Pulumi CLI for it.",
  );
});

test("refuses two resources of one name", async () => {
  await expect(stack.run([goal("a"), goal("a")])).rejects.toThrow(/registered twice/);
});
