import { describe, expect, it } from "vitest";
import { runHealthTest, type Healthcheck } from "#release/health";
import type { Docker } from "#lib/docker";

/** Runs a health test, and notes what ran and how long it might have taken. */
async function look(check: Healthcheck | null, answer = { code: 0, stdout: "", stderr: "" }) {
  const ran: (readonly [string, number | undefined])[] = [];
  const docker: Docker = (args, { timeoutMs } = {}) => {
    ran.push([args.join(" "), timeoutMs]);
    return Promise.resolve(answer);
  };
  return { test: await runHealthTest({ docker }, "c", check), ran };
}

describe("a container's own health test", () => {
  it.each<[string, Healthcheck["Timeout"], number]>([
    ["what its settings give it", 20e9, 20_000],
    ["not less than 10 s", 3e9, 10_000],
    ["as long as Docker gives it where they say nothing", 0, 30_000],
    ["the same without a word of it", undefined, 30_000],
  ])("has its time: %s", async (_what, nanoseconds, milliseconds) => {
    const { test, ran } = await look({ Test: ["CMD", "ping", "-c1"], Timeout: nanoseconds });
    expect(test?.passes).toBe(true);
    expect(ran).toEqual([["exec c ping -c1", milliseconds]]);
  });

  it("is none of a container without one", async () => {
    for (const check of [null, {}, { Test: null }, { Test: ["NONE"] }]) {
      expect(await look(check)).toEqual({ test: undefined, ran: [] });
    }
  });

  it("that does not end, or fails, says so with what it printed last", async () => {
    const check = { Test: ["CMD-SHELL", "curl http://localhost:3000/health"] };
    const late = await look(check, { code: 124, stdout: "", stderr: "" });
    expect(late.test).toMatchObject({
      passes: false,
      why: "its health test of http://localhost:3000/health does not end",
    });
    const red = await look(check, { code: 22, stdout: "first\n", stderr: "503\n" });
    expect(red.test?.why).toBe(
      "its health test of http://localhost:3000/health ended with 22: 503",
    );
  });
});
