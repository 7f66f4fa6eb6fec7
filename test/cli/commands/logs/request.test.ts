import { describe, expect, it } from "vitest";
import { followed, logsRequest } from "#cli/commands/logs/request";
import { readArgs } from "#cli/commands/logs/reader";
import type { Docker } from "#lib/docker";

const request = (options: object) => logsRequest({ stack: "local", ...options });

describe("logsRequest", () => {
  it("is the last hundred lines of each container, or all since a time", () => {
    expect(request({})).toEqual({
      since: undefined,
      tail: "100",
      grep: undefined,
      release: undefined,
    });
    expect(request({ release: "v2" })).toMatchObject({ tail: "all", release: "v2" });
    expect(request({ since: "2d" })).toMatchObject({ since: "172800s", tail: "all" });
    expect(request({ since: "2026-02-03 04:05:06+01:00", tail: "5" })).toMatchObject({
      since: "2026-02-03T03:05:06.000Z",
      tail: "5",
    });
  });

  it.each([
    [
      { since: "yesterday" },
      '--since: "yesterday" is neither a duration nor a time; write 10m, 2h or 7d, or a time with its zone such as 2026-02-03T04:05:06Z.',
    ],
    [{ since: "2026-02-03T04:05:06" }, "is neither a duration nor a time"],
    [{ since: "2026-13-03T04:05:06Z" }, "is neither a duration nor a time"],
    [{ tail: "-1" }, '--tail: "-1" is no number of lines; write one, or all.'],
    [
      { release: "v2", follow: true },
      "--release: what a release has written is not followed; leave out --follow.",
    ],
    [{ grep: "(" }, "--grep: it is no regular expression: Invalid regular expression"],
  ])("refuses %j", (options, message) => {
    expect(() => request(options)).toThrow(message);
  });

  it("of no lines, followed, is of all since now, by the engine's clock", async () => {
    const docker: Docker = (args) =>
      Promise.resolve({ code: 0, stdout: `${args[0] ?? ""} 2026-02-03T04:05:06.7Z\n`, stderr: "" });
    expect(await followed(request({ tail: "0" }), docker)).toMatchObject({
      since: "info 2026-02-03T04:05:06.7Z",
      tail: "all",
    });
    expect(await followed(request({}), docker)).toEqual(request({}));
  });

  it("becomes arguments of docker", () => {
    const options = { since: "60s", tail: "all", follow: true };
    expect(readArgs("c1", options).join(" ")).toBe(
      "logs --timestamps --follow --since 60s --tail all c1",
    );
  });
});
