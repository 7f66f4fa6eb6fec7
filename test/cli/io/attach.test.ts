import { chmodSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attach } from "#cli/io/attach";
import { dockerAt } from "#lib/docker";
import { until } from "../../support/docker.js";

const folder = mkdtempSync(join(tmpdir(), "keelson-attach-"));
const path = process.env["PATH"] ?? "";
/** Stands for `docker`: it runs its second argument as a program of Node's. */
const standIn = `#!${process.execPath}\neval(process.argv[3]);\n`;

beforeAll(() => {
  writeFileSync(join(folder, "docker"), standIn);
  chmodSync(join(folder, "docker"), 0o755);
  process.env["PATH"] = `${folder}${delimiter}${path}`;
});
afterAll(() => {
  process.env["PATH"] = path;
});

const never = () => expect.fail("no signal came");

describe("attach", () => {
  it("ends with the exit code, or as a shell says that a signal has ended it", async () => {
    expect(await attach(dockerAt(), ["x", "process.exit(7)"], never)).toBe(7);
    const killed = 'process.kill(process.pid, "SIGTERM"); setTimeout(() => undefined, 60_000)';
    expect(await attach(dockerAt(), ["x", killed], never)).toBe(143);
  });

  it("gives a variable to the command alone", async () => {
    const script = 'process.exit(process.env.PGPASSWORD === "s" ? 3 : 4)';
    expect(await attach(dockerAt(), ["x", script], never, { PGPASSWORD: "s" })).toBe(3);
    expect(process.env["PGPASSWORD"]).toBeUndefined();
  });

  it("passes each signal on instead of ending by it, until the command has ended", async () => {
    const file = join(folder, "runs");
    const script = `require("node:fs").writeFileSync(${JSON.stringify(file)}, ""); setTimeout(() => undefined, 60_000)`;
    const before = process.listenerCount("SIGHUP");
    const passed: string[] = [];
    const ends = attach(dockerAt(), ["x", script], (signal, client) => {
      passed.push(signal);
      if (signal === "SIGTERM") client.kill("SIGKILL");
    });
    await until("it runs", () => Promise.resolve(existsSync(file)));
    process.emit("SIGINT");
    process.emit("SIGHUP");
    process.emit("SIGTERM");
    expect(await ends).toBe(137);
    expect(passed).toEqual(["SIGINT", "SIGHUP", "SIGTERM"]);
    expect(process.listenerCount("SIGHUP")).toBe(before);
  });
});
