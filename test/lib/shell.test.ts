import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { shellCommand } from "#lib/shell";

describe("shellCommand", () => {
  it("leaves plain words plain", () => {
    expect(shellCommand(["docker", "run", "--rm", "a/b:c@d=1"])).toBe("docker run --rm a/b:c@d=1");
  });

  it("hands every word over unchanged", () => {
    const args = ["it's", "$HOME", "`id`", 'say "x"', "", "a\nb", "*", "ä", "\\", "-n", "a;b&c|d"];
    const line = shellCommand(["printf", "%s\\0", ...args]);
    const printed = execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" });
    expect(printed.split("\0").slice(0, -1)).toEqual(args);
  });
});
