import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { check } from "#cli/commands/check";
import { targetOf, checkTarget } from "#cli/project/target";

function stackFile(lines: readonly string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), "keelson-check-")), "Pulumi.test.yaml");
  writeFileSync(file, ["config:", "  keelson:environment: local", ...lines, ""].join("\n"));
  return file;
}

function printed(configFile: string): string[] {
  const lines: string[] = [];
  check({ stack: "test-check", configFile }, (line) => lines.push(line));
  return lines;
}

describe("check", () => {
  it("says ok and nothing else when all is right", () => {
    expect(printed(stackFile([]))).toEqual(["ok"]);
  });

  it("throws every problem at once, a line each", () => {
    const file = stackFile([
      "  keelson:proxy:",
      "    httpPort: many",
      "    colour: red",
      "  keelson:backup: { schedule: sometimes }",
    ]);
    let message = "";
    try {
      printed(file);
    } catch (error) {
      message = (error as Error).message;
    }
    const paths = message.split("\n").map((line) => line.split(":")[0]);
    expect(paths.sort()).toEqual(["backup.schedule", "proxy.colour", "proxy.httpPort"]);
    expect(message.split("\n").every((line) => /^\S+: .+; .+/.test(line))).toBe(true);
  });

  it("names a required secret that is missing, and no value", () => {
    const configFile = stackFile(["  keelson:secrets: { API_KEY: {} }"]);
    const target = targetOf({ stack: "test-check", configFile });
    const problems = (environment: NodeJS.ProcessEnv) => checkTarget(target, environment).problems;
    expect(problems({})).toEqual([
      "secrets.API_KEY: is missing; set API_KEY in the environment of this command",
    ]);
    expect(problems({ API_KEY: "hunter2-hunter2" })).toEqual([]);
  });

  it("says so when the stack has no file", () => {
    expect(() => printed("/nowhere/Pulumi.x.yaml")).toThrow(
      "/nowhere/Pulumi.x.yaml: is missing; name a stack that has a file, or create it",
    );
  });
});
