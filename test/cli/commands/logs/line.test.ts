import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { eachLine, stampedLine } from "#cli/commands/logs/line";

const time = "2026-03-01T12:00:00.123456789Z";

describe("stampedLine", () => {
  it("takes the time from before the text", () => {
    expect(stampedLine(Buffer.from(`${time} GET /  200\r`))).toEqual({ time, text: "GET /  200" });
    expect(stampedLine(Buffer.from(`${time} `))).toEqual({ time, text: "" });
  });

  it("brings the engine's time zone to UTC, which sorts", () => {
    const local = "2026-03-01T13:30:00.123456789+01:30";
    expect(stampedLine(Buffer.from(`${local} a`))?.time).toBe(time);
  });

  it("knows a message of Docker's by its having none", () => {
    expect(stampedLine(Buffer.from("Error response from daemon: no such container"))).toBe(
      undefined,
    );
  });

  it("removes the times that Docker puts into a line of more than 16 KiB", () => {
    // The cut goes through a character of two bytes.
    const text = `${"a".repeat(16383)}é${"b".repeat(20_000)}`;
    const bytes = Buffer.from(text);
    const part = (from: number) => bytes.subarray(from, from + 16384);
    const stamps = Buffer.from(`${time} `);
    const parts = [0, 16384, 32768].flatMap((from) => [stamps, part(from)]);
    expect(stampedLine(Buffer.concat(parts))).toEqual({ time, text });
  });

  it("leaves a text of that length alone that has no time there", () => {
    const text = "a".repeat(40_000);
    expect(stampedLine(Buffer.from(`${time} ${text}`))?.text).toBe(text);
  });
});

describe("eachLine", () => {
  it("ends lines at line feeds alone, over chunks, and gives the last one without", async () => {
    const lines: string[] = [];
    const stream = Readable.from(["a\rb", "c\n\nd\u2028", "e"].map((text) => Buffer.from(text)));
    eachLine(stream, (line) => lines.push(line.toString()));
    await new Promise((resolve) => stream.once("close", resolve));
    expect(lines).toEqual(["a\rbc", "", "d\u2028e"]);
  });
});
