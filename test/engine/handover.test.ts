// A stack that the real CLI made with the real providers, in the hands of the embedded engine. The export is kept,
// so that this also runs where neither a CLI nor Docker is: CONTRIBUTING.md says how to recreate it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportStack, preview, type EngineOptions } from "#engine/index";

const projectDirectory = join(import.meta.dirname, "fixtures", "real");
const real = JSON.parse(readFileSync(join(projectDirectory, "export.json"), "utf8")) as {
  version: number;
  deployment: { resources: { urn: string; type: string; inputs?: object; id?: string }[] };
};
let stateDirectory: string;

beforeAll(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), "keelson-handover-"));
  const folder = join(stateDirectory, ".pulumi", "stacks", "keelson");
  mkdirSync(folder, { recursive: true });
  const stack = "organization/keelson/test-real";
  const checkpoint = { version: real.version, checkpoint: { stack, latest: real.deployment } };
  writeFileSync(join(folder, "test-real.json"), JSON.stringify(checkpoint));
});
afterAll(() => {
  rmSync(stateDirectory, { recursive: true });
});

function options(image: string): EngineOptions {
  return {
    projectDirectory,
    stateDirectory,
    stack: "test-real",
    passphrase: "real-passphrase",
    environment: { ...process.env, IMAGE: image },
    output: () => undefined,
  };
}

test("a preview of what the real CLI made finds nothing to do", async () => {
  const { changes } = await preview(options("keelson/postgres:real"));
  expect(changes).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 12 });
});

test("a preview of another image replaces the container and updates what names it", async () => {
  const { steps } = await preview(options("keelson/postgres:other"));
  const changed = steps.filter(({ op }) => op !== "same");
  expect(changed.map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`)).toEqual([
    "replace test-real-postgres",
    "update ensure",
  ]);
});

test("every resource is handed back as it came", async () => {
  const back = (await exportStack(options("keelson/postgres:real"))) as typeof real;
  const essence = ({ resources }: typeof real.deployment) =>
    resources.map(({ urn, type, id }) => ({ urn, type, id }));
  expect(essence(back.deployment)).toEqual(essence(real.deployment));
});
