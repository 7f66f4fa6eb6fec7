import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LineFilter } from "#cli/commands/logs/filter";
import { levelOf } from "#cli/commands/logs/level";
import { root } from "../../../support/root.js";

/** Shared with the collector of images/logs, which finds levels as well. */
const cases = JSON.parse(readFileSync(join(root, "images/logs/testdata/levels.json"), "utf8")) as [
  string,
  string,
][];

describe("levelOf", () => {
  it.each(cases)("of %j is %s", (text, level) => {
    expect(levelOf(text)).toBe(level === "" ? undefined : level);
  });
});

describe("LineFilter", () => {
  const line = (message: string, container = "a") => ({
    time: "",
    process: container,
    instance: container,
    container,
    stream: "stderr" as const,
    message,
  });

  const passed = (wanted: ConstructorParameters<typeof LineFilter>[0], lines: string[]) => {
    const found: string[] = [];
    const filter = new LineFilter(wanted, ({ message }) => found.push(message));
    for (const each of lines) filter.take(line(each));
    return found;
  };

  it("keeps what goes on with an error: a stack trace, a statement", () => {
    const lines = [
      "INFO:     ok",
      "ERROR:    Exception in ASGI application",
      "Traceback (most recent call last):",
      '  File "app.py", line 1',
      "ValueError: no",
      "listening",
      "    indented after what has no level",
    ];
    expect(passed({ level: "error" }, lines)).toEqual(lines.slice(1, 5));
  });

  it("takes a line without a level for information", () => {
    expect(passed({ level: "info" }, ["listening", "DEBUG: x"])).toEqual(["listening"]);
    expect(passed({ level: "warn" }, ["listening", "WARN: x"])).toEqual(["WARN: x"]);
  });

  it("does not take the level of another container's line", () => {
    const found: string[] = [];
    const filter = new LineFilter({ level: "error" }, ({ message }) => found.push(message));
    filter.take(line("ERROR: a", "a"));
    filter.take(line("  of b", "b"));
    filter.take(line("  of a", "a"));
    expect(found).toEqual(["ERROR: a", "  of a"]);
  });

  it("passes on what matches an expression", () => {
    expect(passed({ grep: /G.T/u }, ["GET /", "POST /"])).toEqual(["GET /"]);
  });
});
