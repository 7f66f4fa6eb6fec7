import { describe, expect, it } from "vitest";
import { releasesIn } from "#page/stack/answers";
import { pageReleases } from "#release/page-releases";
import type { CommandResult } from "#lib/run-process";
import type { Docker } from "#lib/docker";
import { begun, world } from "../support/step-world.js";

const content = (version: string) => ({
  image: `shop:${version}`,
  version,
  gitSha: "0123456789abcdef",
  settings: { env: { A: "canary" } },
});

function textOf(input: unknown): string {
  if (typeof input === "string") return input;
  throw new Error("the step gives no text");
}

/** Runs the step, and returns what it hands to monitoring. */
async function written(releases: number, result: Partial<CommandResult> = {}) {
  const here = world({ MONITORING: "shop-monitoring" });
  for (let index = 1; index <= releases; index += 1) {
    const isFirst = index === 1;
    begun(here.proxy, {
      id: `v${String(index)}`,
      result: isFirst ? "failed" : "live",
      reason: isFirst ? "it did not start\ncanary: a line of the app's own log" : null,
      switched: isFirst ? null : "2026-11-29T20:01:00.000Z",
      content: content(`1.${String(index)}`),
    });
  }
  const inputs: { command: string; input: string }[] = [];
  const docker: Docker = async (args, options) => {
    if (args[0] !== "exec") return here.context.docker(args, options);
    inputs.push({ command: args.join(" "), input: textOf(options?.input) });
    return { code: 0, stdout: "", stderr: "", ...result };
  };
  await pageReleases({ ...here.context, docker }, here.proxy.converse);
  return inputs;
}

describe("the releases of the status page", () => {
  it("are handed to monitoring, the newest first, without settings and logs", async () => {
    const [only, ...others] = await written(3);
    expect(others).toEqual([]);
    expect(only?.command).toBe(
      "exec --interactive shop-monitoring /usr/local/bin/page-figures releases",
    );
    expect(only?.input).not.toContain("canary");
    expect(releasesIn(only?.input ?? "")).toEqual([
      {
        id: "v3",
        result: "live",
        version: "1.3",
        commit: "0123456789abcdef",
        who: "eve",
        begin: new Date("2026-11-29T20:00:00Z"),
        switched: new Date("2026-11-29T20:01:00Z"),
      },
      expect.objectContaining({ id: "v2", result: "superseded" }),
      expect.objectContaining({
        id: "v1",
        result: "failed",
        reason: "it did not start",
        switched: undefined,
      }),
    ]);
  });

  it("are as many as a page has use for", async () => {
    const [only] = await written(70);
    const ids = releasesIn(only?.input ?? "").map(({ id }) => id);
    expect([ids.length, ids[0]]).toEqual([50, "v70"]);
  });

  it("that can't be written are an error with the reason", async () => {
    await expect(written(1, { code: 1, stderr: "no space left on device\n" })).rejects.toThrow(
      "the releases can't be written for the status page: no space left on device",
    );
  });
});
