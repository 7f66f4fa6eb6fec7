import { describe, expect, it } from "vitest";
import { colouredText, jsonText, plainText } from "#cli/commands/logs/text";

const line = {
  time: "2026-03-01T12:00:00.123456789Z",
  process: "app",
  instance: "app-2",
  container: "shop-prod-app-2-0c1d2e3",
  stream: "stderr" as const,
  level: "error" as const,
  message: "\u001b[31mno\u001b[0m",
};

describe("a line of a log", () => {
  it("is plain for a file", () => {
    expect(plainText(line, 8)).toBe("2026-03-01T12:00:00.123Z app-2    no");
  });

  it("has its process's colour on a terminal, and an error is red", () => {
    expect(colouredText({ ...line, message: "no" }, 5)).toBe(
      "\u001b[2m2026-03-01T12:00:00.123Z\u001b[0m \u001b[36mapp-2\u001b[0m \u001b[31mno\u001b[0m",
    );
  });

  it("does not let the app write to the terminal what is no text", () => {
    const message = "a\u001b]0;title\u0007b\u001b[2Jc\u001b[32md\te";
    const text = colouredText({ ...line, level: undefined, message }, 5);
    expect(text.slice(text.indexOf("a�"))).toBe("a�]0;title�b�[2Jc\u001b[32md\te");
  });

  it("is one object as JSON, without a level where it says none", () => {
    expect(JSON.parse(jsonText({ ...line, level: undefined }))).toEqual({
      time: line.time,
      process: "app",
      instance: "app-2",
      container: line.container,
      stream: "stderr",
      message: line.message,
    });
  });
});
