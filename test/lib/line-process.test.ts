import { describe, expect, it } from "vitest";
import { LineProcess } from "#lib/line-process";

const node = (program: string, env?: NodeJS.ProcessEnv) =>
  new LineProcess(process.execPath, ["--eval", program], env);
/** It answers each line that it reads. */
const echo = `
  const lines = require("node:readline").createInterface({ input: process.stdin });
  lines.on("line", (line) => console.log("heard " + line));
`;

describe("a program that is spoken with", () => {
  it("answers one line after the other, and ends when nobody speaks with it any more", async () => {
    const program = node(echo);
    program.write("one\n");
    expect(await program.line()).toBe("heard one");
    program.write("two\nthree\n");
    expect([await program.line(), await program.line()]).toEqual(["heard two", "heard three"]);
    expect(await program.close()).toEqual({ code: 0, stderr: "" });
  });

  it("may write a line in pieces, and characters of several bytes", async () => {
    const write = `
      const bytes = Buffer.from("grün\\n12345é7\\nlast\\n");
      let at = 0;
      const timer = setInterval(() => {
        if (at === bytes.length) return clearInterval(timer);
        process.stdout.write(bytes.subarray(at, ++at));
      }, 1);
    `;
    const program = node(write);
    expect(await program.line()).toBe("grün");
    expect(await program.text(7)).toBe("12345é");
    expect([await program.line(), await program.line()]).toEqual(["7", "last"]);
    expect(await program.line()).toBeUndefined();
    expect(await program.ended).toEqual({ code: 0, stderr: "" });
  });

  it("that has ended is read to its end, and what is written to it is lost", async () => {
    const program = node('console.log("first\\nlast"); console.error("why"); process.exit(3);');
    const first = program.line();
    expect(await program.ended).toEqual({ code: 3, stderr: "why" });
    program.write("too late\n");
    expect(await first).toBe("first");
    expect([await program.line(), await program.line()]).toEqual(["last", undefined]);
    expect(await program.text(1)).toBeUndefined();
    expect(await program.close()).toEqual({ code: 3, stderr: "why" });
  });

  it("says that its text is shorter than asked for by saying nothing", async () => {
    expect(await node('process.stdout.write("abc")').text(4)).toBeUndefined();
  });

  it("is ended by a signal with 128", async () => {
    const program = node('process.kill(process.pid, "SIGKILL")');
    expect(await program.line()).toBeUndefined();
    expect(await program.ended).toEqual({ code: 128, stderr: "" });
  });

  it("that can't be started has ended with 127", async () => {
    const program = new LineProcess("/no/such/program", []);
    program.write("hello\n");
    expect(await program.line()).toBeUndefined();
    expect(await program.close()).toEqual({
      code: 127,
      stderr: "spawn /no/such/program ENOENT",
    });
  });

  it("has the environment that it is given", async () => {
    const program = node("console.log(process.env.GIVEN)", { GIVEN: "this" });
    expect(await program.line()).toBe("this");
    expect((await program.close()).code).toBe(0);
  });

  it("ends though nobody reads what it has written", async () => {
    const program = node('process.stdout.write("x".repeat(10_000_000))');
    expect(await program.close()).toEqual({ code: 0, stderr: "" });
  });
});
