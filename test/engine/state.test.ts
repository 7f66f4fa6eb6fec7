import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Crypter } from "#engine/crypter";
import { Snapshot } from "#engine/snapshot";
import { decodeCheckpoint, encodeDeployment, readCheckpoint, writeAtomically } from "#engine/state";
import type { Checkpoint, ResourceState } from "#engine/state";
import { Secret } from "#engine/values";

let crypter: Crypter;
let directory: string;

beforeAll(async () => {
  crypter = await Crypter.create("pass");
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "keelson-state-"));
});
afterEach(() => rm(directory, { recursive: true }));

function resource(name: string, options: Partial<ResourceState> = {}): ResourceState {
  return {
    urn: `urn:pulumi:s::p::t::${name}`,
    custom: true,
    id: name,
    type: "t",
    inputs: {},
    outputs: {},
    dependencies: [],
    propertyDependencies: {},
    ...options,
  };
}

function checkpointOf(json: object): Checkpoint {
  return JSON.parse(
    JSON.stringify({ version: 3, checkpoint: { stack: "s", latest: json } }),
  ) as Checkpoint;
}

test("secrets lie sealed in the state and keep their seal from run to run", () => {
  const secret = resource("a", { inputs: { password: new Secret({ a: ["canary"] }) } });
  const json = encodeDeployment({ resources: [secret], pending: [] }, crypter);
  expect(JSON.stringify(json)).not.toContain("canary");
  const decoded = decodeCheckpoint(checkpointOf(json), crypter);
  expect(decoded.resources).toEqual([secret]);
  const again = encodeDeployment(decoded, crypter);
  expect(again["resources"]).toEqual(json["resources"]);
});

test("what was under way is in the state", () => {
  const pending = { type: "creating" as const, resource: resource("a") };
  const json = encodeDeployment({ resources: [], pending: [pending] }, crypter);
  expect(decodeCheckpoint(checkpointOf(json), crypter).pending).toEqual([pending]);
});

test("the manifest names the embedded engine", () => {
  const json = encodeDeployment({ resources: [], pending: [] }, crypter);
  expect(json["manifest"]).toMatchObject({
    version: "keelson-embedded-engine",
    magic: "ef8abc21766a9d032c55cd86fe839c2ca933334ea5378e77e2b74e2c6b7e4e30",
  });
});

test("a write replaces the file as a whole and only its owner may read it", async () => {
  const path = join(directory, "deep", "state.json");
  await writeAtomically(path, "one");
  await writeFile(`${path}.part`, "half of a write that was killed");
  expect(await readFile(path, "utf8")).toBe("one");
  await writeAtomically(path, "two");
  expect(await readFile(path, "utf8")).toBe("two");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(directory, "deep"))).toEqual(["state.json"]);
});

test("a state of another version is refused, none at all is fine", async () => {
  const path = join(directory, "state.json");
  expect(await readCheckpoint(path)).toBeUndefined();
  await writeFile(path, '{"version":4}');
  await expect(readCheckpoint(path)).rejects.toThrow(/state version 4 is not known/);
});

test("resources are written after everything that they refer to", () => {
  const [a, b, c] = [
    resource("a", { dependencies: ["urn:pulumi:s::p::t::b"], parent: "urn:pulumi:s::p::t::c" }),
    resource("b"),
    resource("c"),
  ];
  const snapshot = new Snapshot({ resources: [a, b, c], pending: [] }, () => Promise.resolve());
  expect(snapshot.deployment().resources.map(({ id }) => id)).toEqual(["b", "c", "a"]);
});

test("saves asked for while one runs become one, and each waits for its own content", async () => {
  const written: number[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const snapshot = new Snapshot({ resources: [], pending: [] }, async (state) => {
    await gate;
    written.push(state.resources.length);
  });
  snapshot.put(resource("a"));
  const first = snapshot.save();
  snapshot.put(resource("b"));
  const others = [snapshot.save(), snapshot.save()];
  release();
  await Promise.all([first, ...others]);
  expect(written.at(-1)).toBe(2);
  expect(written.length).toBeLessThanOrEqual(2);
});
