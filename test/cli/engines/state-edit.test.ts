import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RecordedResource } from "#cli/engines/runner";
import { checkpointFile } from "#cli/project/config";
import { editExport, editOwnState } from "#cli/engines/state-edit";
import type { Target } from "#cli/project/target";
import { takeLock } from "#engine/lock";

const quiet = () => undefined;
const sealed = { ciphertext: "v1:abc" };
const one = { urn: "a", type: "t", inputs: sealed } as RecordedResource;
const deployment = { manifest: { magic: "m" }, resources: [one] };

let folder = "";
let target: Target;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-edit-"));
  target = { stack: "test-edit", home: { state: folder } } as Target;
  const file = checkpointFile(target, "keelson");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    JSON.stringify({ version: 3, checkpoint: { stack: "s", latest: deployment } }),
  );
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const written = () =>
  JSON.parse(readFileSync(checkpointFile(target, "keelson"), "utf8")) as unknown;

describe("editOwnState", () => {
  it("changes the resources and nothing else, for its owner's eyes alone", async () => {
    const edited = await editOwnState(
      target,
      "keelson",
      (resources, exclusive) => {
        expect([resources, exclusive]).toEqual([[one], true]);
        return Promise.resolve([{ ...one, delete: true }]);
      },
      quiet,
    );
    expect(edited).toBe(true);
    const latest = { ...deployment, resources: [{ ...one, delete: true }] };
    expect(written()).toEqual({ version: 3, checkpoint: { stack: "s", latest } });
    expect(statSync(checkpointFile(target, "keelson")).mode & 0o777).toBe(0o600);
    expect(existsSync(`${checkpointFile(target, "keelson")}.part`)).toBe(false);
  });

  it("leaves the state as it is where nothing is to be changed, and gives the lock back", async () => {
    const before = written();
    expect(await editOwnState(target, "keelson", () => Promise.resolve(undefined), quiet)).toBe(
      false,
    );
    expect(written()).toEqual(before);
    const release = await takeLock(folder, "keelson", "test-edit", quiet);
    await release();
  });

  it("has nothing to change where a first run failed before it wrote a state", async () => {
    rmSync(checkpointFile(target, "keelson"));
    const edit = () => Promise.reject(new Error("it was asked"));
    expect(await editOwnState(target, "keelson", edit, quiet)).toBe(false);
    expect(existsSync(checkpointFile(target, "keelson"))).toBe(false);
  });

  it("does not touch a state that another run has the lock of", async () => {
    const release = await takeLock(folder, "keelson", "test-edit", quiet);
    const edit = () => Promise.reject(new Error("it was asked"));
    await expect(editOwnState(target, "keelson", edit, quiet)).rejects.toThrow(
      /is locked|another run|lock/,
    );
    await release();
  });
});

describe("editExport", () => {
  it("hands over the whole with other resources, in a file that is removed", async () => {
    let path = "";
    const edited = await editExport(
      { version: 3, deployment },
      (resources, exclusive) =>
        Promise.resolve(exclusive ? undefined : [...resources, { ...one, urn: "b" }]),
      (file) => {
        path = file;
        expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
          version: 3,
          deployment: { ...deployment, resources: [one, { ...one, urn: "b" }] },
        });
        return Promise.resolve();
      },
    );
    expect([edited, existsSync(path)]).toEqual([true, false]);
  });
});
