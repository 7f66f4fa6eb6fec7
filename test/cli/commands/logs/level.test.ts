import { describe, expect, it } from "vitest";
import { LineFilter } from "#cli/commands/logs/filter";
import { levelOf } from "#cli/commands/logs/level";

describe("levelOf", () => {
  it.each([
    ['{"level":"error","message":"x"}', "error"],
    ['{"severity":"WARNING","message":"level=error"}', "warn"],
    ['{"level":50,"msg":"pino"}', "error"],
    ['{"level":10}', "trace"],
    ['{"level":60}', "fatal"],
    ['time="2026-03-01T12:00:00Z" level=warning msg="a"', "warn"],
    ["2026-03-01 12:00:00.123 UTC [41] ERROR:  relation does not exist", "error"],
    ["2026-03-01 12:00:00.123 UTC [41] LOG:  checkpoint starting", "info"],
    ["2026-03-01 12:00:00.123 UTC [41] app@shop FATAL:  password authentication failed", "fatal"],
    ["[ALERT]    (1) : config : parsing failed", "error"],
    ["[WARNING]  (1) : Server app/app-1 is DOWN", "warn"],
    ["ERROR:root:it failed", "error"],
    ["WARN  app.core - slow", "warn"],
    ["\u001b[31merror\u001b[39m: it failed", "error"],
    ["2026/03/01 12:00:00 [crit] 31#31: *1 connect() failed", "fatal"],
    ['INFO:     127.0.0.1 - "GET / HTTP/1.1" 200 OK', "info"],
    ["[2026-03-01T12:00:00Z INFO  server] listening", "info"],
    ["Error handling is on", undefined],
    ["Listening on 3000", undefined],
    ['{"level":', undefined],
    ["", undefined],
  ])("of %j is %s", (text, level) => {
    expect(levelOf(text)).toBe(level);
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
