import { describe, expect, it } from "vitest";
import { maintenanceState, maintenanceText, wordsOf } from "#cli/commands/maintenance";
import { Failure } from "#cli/io/failure";

describe("wordsOf", () => {
  it("takes the time of the settings where the command names none", () => {
    expect(wordsOf("on", {}, "5m")).toEqual(["on", "300"]);
    expect(wordsOf("on", { retryAfter: "2h", allow: ["10.0.0.0/8", "::1"] }, "5m")).toEqual([
      ...["on", "7200", "10.0.0.0/8", "::1"],
    ]);
    expect([wordsOf("off", {}, "5m"), wordsOf("status", {}, "5m")]).toEqual([["off"], ["status"]]);
  });

  it.each([
    ["on", { retryAfter: "soon" }, /^--retry-after: "soon" is not a duration; \S/],
    [
      "on",
      { allow: ["10.0.0.0/8", "me"] },
      /^--allow: "me" is not an address or a range of them; \S/,
    ],
    ["off", { allow: ["::1"] }, /^--allow and --retry-after go with maintenance on, not off\.$/],
  ] as const)("refuses %s with %j", (action, options, message) => {
    const words = () => wordsOf(action, options, "5m");
    expect(words).toThrow(Failure);
    expect(words).toThrow(message);
  });
});

describe("maintenanceText", () => {
  const on = { on: true, retryAfter: 300, since: "2026-01-02T03:04:05Z" } as const;

  it("says who passes, and how it ends", () => {
    expect(maintenanceText({ ...on, allow: ["10.0.0.0/8"] })).toBe(
      "Maintenance is on since 2026-01-02T03:04:05Z: all but 10.0.0.0/8 and what proxy.maintenance.allow names get a 503 with Retry-After 300; keelson maintenance off ends it.",
    );
    expect(maintenanceText({ ...on, allow: [] })).toContain("all but what proxy.maintenance.allow");
    expect(maintenanceText({ on: false })).toBe("Maintenance is off.");
  });
});

describe("maintenanceState", () => {
  const stateOf = (running: boolean, exec: { code: number; stdout: string; stderr: string }) => {
    const answers: Record<string, object> = {
      ps: { code: 0, stdout: running ? "p1\n" : "", stderr: "" },
      exec,
    };
    const docker = (args: readonly string[]) =>
      Promise.resolve(answers[args[0] ?? ""] as typeof exec);
    return maintenanceState({ docker, app: "shop", stack: "s" });
  };

  it("is what the proxy says", async () => {
    const said = { on: true, retryAfter: 60, allow: [], since: "2026-01-02T03:04:05Z" };
    const exec = { code: 0, stdout: `${JSON.stringify(said)}\n`, stderr: "" };
    expect(await stateOf(true, exec)).toEqual(said);
  });

  it("is off where no proxy runs, and unknown where it does not answer", async () => {
    const exec = { code: 1, stdout: "", stderr: "maintenance: no answer\n" };
    expect(await stateOf(false, exec)).toEqual({ on: false });
    await expect(stateOf(true, exec)).rejects.toThrow("maintenance: no answer");
  });
});
