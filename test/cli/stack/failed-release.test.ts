import { describe, expect, it } from "vitest";
import { clearFailedRelease } from "#cli/stack/failed-release";
import { containerType, type RecordedResource, type Runner } from "#cli/engines/runner";

const urn = "urn:pulumi:s::keelson::app";
const present: RecordedResource = { urn, type: containerType, id: "new" };
const old: RecordedResource = { urn, type: containerType, id: "old", delete: true };

/** What is removed and forgotten in a world of such containers. */
async function cleared(
  resources: RecordedResource[],
  running: Record<string, boolean>,
  before: RecordedResource[] = [old],
) {
  const did: string[] = [];
  const found = Object.entries(running).map(([id, Running]) => ({
    Id: id,
    Name: `/app-${id}`,
    State: { Running },
    Config: { Image: "i", Labels: { "dev.keelson.workload": "app" } },
    HostConfig: { RestartPolicy: { Name: "unless-stopped" }, PortBindings: null },
    NetworkSettings: { Networks: {} },
  }));
  const docker = (args: readonly string[]) => {
    if (args[0] === "rm") did.push(args.join(" "));
    const stdout = args[0] === "ps" ? Object.keys(running).join("\n") : JSON.stringify(found);
    return Promise.resolve({ code: 0, stdout, stderr: "" });
  };
  const runner = {
    recorded: () => Promise.resolve({ resources, pending: [] }),
    forget: (urns: readonly string[]) => {
      did.push(`forget ${urns.join(" ")}`);
      return Promise.resolve();
    },
  } as unknown as Runner;
  const context = { runner, docker, app: "a", stack: "s" };
  await clearFailedRelease(context, { resources: before, pending: [] }, () => undefined);
  return did;
}

describe("clearFailedRelease", () => {
  it("removes the container that a gate stopped, and has it forgotten", async () => {
    const did = await cleared([present, old], { new: false, old: true });
    expect(did).toEqual(["rm --volumes new", `forget ${urn}`]);
  });

  const added: RecordedResource = { urn: `${urn}-2`, type: containerType, id: "more" };

  it("removes one that was to run alongside others, which go on", async () => {
    const only: RecordedResource = { urn, type: containerType, id: "only" };
    const world = { only: true, more: false };
    expect(await cleared([only, added], world, [only])).toEqual([
      "rm --volumes more",
      `forget ${added.urn}`,
    ]);
    // Stopped before this run: somebody wanted it.
    expect(await cleared([only, added], world, [only, added])).toEqual([]);
    expect(await cleared([only, added], { only: false, more: false }, [only])).toEqual([]);
  });

  it.each([
    ["that runs: another release is under way", [present, old], { new: true, old: true }],
    ["while the old one does not run", [present, old], { new: false, old: false }],
    ["that is the first there is", [present], { new: false }],
  ])("removes none %s", async (_what, resources, running) => {
    expect(await cleared(resources, running as Record<string, boolean>)).toEqual([]);
  });
});
