import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { secretsDiff } from "#cli/commands/secrets/diff";
import { shapeOf } from "#cli/commands/secrets/shape";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-diff-"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
  vi.spyOn(process, "cwd").mockReturnValue(folder);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const put = (stack: string, secrets: object, values?: object) => {
  const file = join(folder, `${stack}.json`);
  writeFileSync(file, JSON.stringify(values ?? {}));
  const sources = values && [{ command: { command: ["cat", file] } }];
  const config = {
    "keelson:environment": stack,
    "keelson:app": { name: "shop", image: "shop:1.0" },
    "keelson:secrets": secrets,
    ...(sources && { "keelson:secretSources": sources }),
  };
  writeFileSync(join(folder, `Pulumi.${stack}.yaml`), JSON.stringify({ config }));
};
const diff = () => {
  const said: string[] = [];
  let failure: string | undefined;
  try {
    secretsDiff("preview", "prod", (line) => said.push(line));
  } catch (error) {
    failure = (error as Error).message;
  }
  return { said, failure };
};

describe("keelson secrets diff", () => {
  it("names what one stack lacks, in the settings and in its source, and the shapes that differ; no value", () => {
    const both = { SAME: {}, SHAPE: {}, MADE: { generate: { length: 32 } }, LOST: {} };
    const values = { SAME: "canary-1", SHAPE: "canary-value", LOST: "canary-3", OLD: "x" };
    put("preview", { ...both, OLD: {} }, values);
    const others = { SAME: "canary-2", SHAPE: "https://canary:canary@host/x" };
    put("prod", { ...both, MADE: { generate: { length: 64 } } }, others);
    const { said, failure } = diff();
    expect(said.map((line) => line.split(/ {2,}/))).toEqual([
      ["name", "preview", "prod"],
      ["LOST", "required, text of up to 8 characters", "missing, required"],
      ["MADE", "generated: 32 characters", "generated: 64 characters"],
      ["OLD", "required, text of up to 8 characters", "not in the settings"],
      ["SHAPE", "required, text of up to 16 characters", "required, URL (https)"],
    ]);
    expect(failure).toBe(
      "Only one of preview and prod has LOST, OLD; add what is missing to the other one.",
    );
    expect(JSON.stringify([said, failure])).not.toContain("canary");
  });

  it("compares what the settings say where the values are in the environment alone", () => {
    put("preview", { A: {}, B: { optional: true } });
    put("prod", { A: {}, B: {} });
    expect(diff().said.slice(1)).toEqual([
      "B     optional, from the environment  required, from the environment",
    ]);
    put("prod", { A: {}, B: { optional: true } });
    const said = ["preview and prod have the same secrets."];
    expect(diff()).toEqual({ said, failure: undefined });
  });
});

describe("shapeOf", () => {
  it.each([
    ["", "empty"],
    ["-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n", "PEM (private key)"],
    ["postgresql://u:p@h/d", "URL (postgresql)"],
    ['{"a": 1}', "JSON"],
    ["a\nb", "text of 2 lines"],
    ["4711", "digits"],
    ["0123456789abcdef0123", "text of up to 24 characters, hexadecimal"],
    ["short", "text of up to 8 characters"],
  ])("of %j is %s", (value, shape) => {
    expect(shapeOf(value)).toBe(shape);
  });
});
