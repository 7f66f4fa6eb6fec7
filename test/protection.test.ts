// A protected stack is not destroyed in part: on a stand-in host, also after a release that failed while the old
// version serves and waits for its deletion.
import { beforeAll, describe, expect, it } from "vitest";
import { referencesOf } from "#lib/resource-order";
import type { Mapping } from "#lib/merge";
import { files } from "./support/there-and-back/bases.js";
import { StandInStack, type Wanted } from "./support/there-and-back/stack.js";

const section = (name: string) => files.sections[name] as Mapping;
const guarded: Wanted = {
  ...files,
  sections: {
    ...files.sections,
    postgres: { ...section("postgres"), protect: true },
    backup: { ...section("backup"), protect: true },
  },
};
const newRelease: Wanted = {
  ...guarded,
  sections: { ...guarded.sections, app: { ...section("app"), image: "shop:2.0", replicas: 3 } },
};

const whole = new StandInStack();
beforeAll(() => whole.up(guarded), 60_000);

/** A stack whose release failed under `pulumi up` alone, which takes nothing back. */
async function afterFailedRelease(step = "run Command app-smoke"): Promise<StandInStack> {
  const stack = whole.copy();
  stack.host.failing = (each) => each === step;
  await expect(stack.up(newRelease, true)).rejects.toThrow("made to fail");
  stack.host.failing = () => false;
  return stack;
}

/** What no other one of the state refers to, in the order in which Pulumi deletes: by the longest way to the stack. */
function deletedFirst({ state }: StandInStack): string[] {
  const depths: number[] = [];
  state.resources.forEach((resource, at) => {
    const references = referencesOf(resource);
    const below = state.resources.flatMap(({ urn }, other) =>
      other < at && references.has(urn) ? [depths[other] ?? 0] : [],
    );
    depths.push(Math.max(-1, ...below) + 1);
  });
  const most = Math.max(...depths);
  return state.resources
    .filter((_, at) => depths[at] === most)
    .map(({ urn }) => urn.split("::").at(-1) ?? "");
}

const refusal = "shop-test-back-protection-refusal";
const pending = ({ state }: StandInStack) =>
  state.resources.filter((each) => each.delete === true).map(({ urn }) => urn.split("::").at(-1));

describe("a destroy of a protected stack", () => {
  it.each<[string, () => StandInStack | Promise<StandInStack>]>([
    ["that is up", () => whole.copy()],
    ["after a release that failed at its smoke test", () => afterFailedRelease()],
    [
      "after a release that failed at the proxy",
      () => afterFailedRelease("run Command proxy-route"),
    ],
    ["after a release that failed at a replica", () => afterFailedRelease("start Container app-3")],
  ])("%s deletes nothing", async (_what, given) => {
    const stack = await given();
    const [steps, resources] = [stack.host.steps.length, stack.state.resources.length];
    await expect(stack.destroy(guarded)).rejects.toThrow(
      /^These are protected and would be deleted: /,
    );
    expect(stack.host.steps.slice(steps)).toEqual([]);
    expect(stack.state.resources).toHaveLength(resources);
    expect(stack.host.named(stack.host.routed[0] ?? "")?.running).toBe(true);
  });

  it("comes to what refuses first, and to nothing else with it", async () => {
    expect(deletedFirst(whole)).toEqual([refusal]);
    const failed = await afterFailedRelease();
    expect(pending(failed)).toContain("shop-test-back-app");
    expect(deletedFirst(failed)).toEqual([refusal]);
  });

  it("goes through with the flag", async () => {
    const stack = whole.copy();
    const { length } = stack.host.steps;
    await stack.destroy(guarded, true);
    expect(stack.state.resources).toEqual([]);
    expect(stack.host.containers.size).toBe(0);
    expect(stack.host.steps.slice(length).length).toBeGreaterThan(10);
  });
});

describe("protection that is taken off, and put on again", () => {
  it("changes nothing that runs, and lets the destroy through in between", async () => {
    const stack = whole.copy();
    const containers = [...stack.host.containers.keys()];
    await stack.up(files);
    expect([...stack.host.containers.keys()]).toEqual(containers);
    const unprotected = stack.copy();
    await stack.up(guarded);
    await expect(stack.destroy(guarded)).rejects.toThrow(/are protected/);
    await unprotected.destroy(files);
    expect(unprotected.host.containers.size).toBe(0);
  });
});
