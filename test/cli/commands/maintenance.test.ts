import { describe, expect, it } from "vitest";
import { maintenanceState, maintenanceText, requestOf } from "#cli/commands/maintenance";
import { Failure } from "#cli/io/failure";
import { spokenSession } from "../../support/session-stand-in.js";
import { FakeHaproxy } from "../../support/fake-haproxy.js";

describe("requestOf", () => {
  it("takes the time of the settings where the command names none", () => {
    expect(requestOf("on", {}, "5m")).toEqual({ retryAfter: 300, allow: [] });
    const allow = ["10.0.0.0/8", "::1"];
    expect(requestOf("on", { retryAfter: "2h", allow }, "5m")).toEqual({ retryAfter: 7200, allow });
    expect([requestOf("off", {}, "5m"), requestOf("status", {}, "5m")]).toEqual([
      undefined,
      undefined,
    ]);
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
    const request = () => requestOf(action, options, "5m");
    expect(request).toThrow(Failure);
    expect(request).toThrow(message);
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
  const file = "/config/maintenance/state.map";
  const stateOf = (running: boolean, gone?: string) => {
    const proxy = new FakeHaproxy();
    proxy.files.set("maintenance/state.map", "on 60\n");
    proxy.load(`frontend http\n  http-request set-var(txn.m) str(on),map(${file})`);
    const conversation = proxy.conversation();
    const docker = Object.assign(
      () => Promise.resolve({ code: 0, stdout: running ? "p1\n" : "", stderr: "" }),
      {
        open: () =>
          spokenSession(({ verb, args, input }) =>
            gone === undefined
              ? conversation.act([verb, ...args], input)
              : Promise.resolve({ gone }),
          ),
      },
    );
    return maintenanceState({ docker, app: "shop", stack: "s" });
  };

  it("is what the proxy says", async () => {
    const since = "2026-01-02T03:04:05Z";
    expect(await stateOf(true)).toEqual({ on: true, retryAfter: 60, allow: [], since });
  });

  it("is off where no proxy runs, and unknown where it does not answer", async () => {
    expect(await stateOf(false)).toEqual({ on: false });
    await expect(stateOf(true, "container is paused")).rejects.toThrow(
      new Failure("Maintenance is as it was: container is paused"),
    );
  });

  it("is unknown of a proxy whose image is too old to be asked", async () => {
    const old =
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "/usr/local/bin/session": stat /usr/local/bin/session: no such file or directory: unknown';
    await expect(stateOf(true, old)).rejects.toThrow(
      new Failure(
        "Maintenance is as it was: the image of the running proxy is of an older version of Keelson; run keelson up first",
      ),
    );
  });
});
