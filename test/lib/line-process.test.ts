import { describe, expect, it } from "vitest";
import { LineProcess } from "../../lib/line-process.js";

/** A program in a few words of JavaScript. */
const program = (script: string) => new LineProcess(process.execPath, ["-e", script]);

describe("LineProcess", () => {
  it("answers line by line and byte by byte, whatever comes together", async () => {
    const one = program(
      'process.stdin.on("data", (text) => process.stdout.write(`got 4\\nü€${text}`))',
    );
    one.write("rest\n");
    expect(await one.line()).toBe("got 4");
    // Bytes, not letters: ü has two, € has three.
    expect(await one.text(5)).toBe("ü€");
    expect(await one.line()).toBe("rest");
    expect(await one.close()).toEqual({ code: 0, stderr: "" });
  });

  it("waits for what comes in pieces", async () => {
    const one = program(
      'process.stdout.write("a"); setTimeout(() => process.stdout.write("b\\ncd"), 50); setTimeout(() => process.stdout.write("ef"), 100)',
    );
    expect([await one.line(), await one.text(4)]).toEqual(["ab", "cdef"]);
    await one.close();
  });

  it("has no further line when it has ended, and says how that was", async () => {
    const one = program('console.error("no such container"); process.exit(3)');
    expect([await one.line(), await one.text(1)]).toEqual([undefined, undefined]);
    one.write("nobody reads this\n");
    expect(await one.close()).toEqual({ code: 3, stderr: "no such container" });
  });

  it("gives no text that was cut off", async () => {
    const one = program('process.stdout.write("ab")');
    expect(await one.text(3)).toBeUndefined();
    await one.close();
  });

  it("is closed while it writes what nobody reads", async () => {
    const one = program('process.stdout.write("x".repeat(1e6)); process.stdin.resume()');
    expect(await one.close()).toMatchObject({ code: 0 });
  });

  it("says what can't be started, and what a signal has ended", async () => {
    const none = new LineProcess("/nowhere/program", []);
    expect(await none.line()).toBeUndefined();
    expect(await none.close()).toMatchObject({
      code: 127,
      stderr: expect.stringContaining("ENOENT") as string,
    });
    expect(await program('process.kill(process.pid, "SIGKILL")').ended).toMatchObject({
      code: 128,
    });
  });
});
