// What is refused before anything is touched.
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { once } from "node:events";
import { deepMerge, type Mapping } from "#lib/merge";
import { takePorts } from "../support/claims.js";
import { Stack } from "../support/stack.js";
import { wrongSettings } from "../support/wrong-settings.js";

const ports = await takePorts("http", "admin");
const stack = new Stack("test-settings", {
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
});
beforeAll(() => stack.sweep());
afterAll(() => stack.remove());

const nothing = { containers: [], networks: [], volumes: [] };

/** A stack with other settings; a file of its own, the same name. */
function withSettings(sections: Mapping): Stack {
  const other = new Stack("test-settings", sections);
  others.push(other);
  return other;
}
const others: Stack[] = [];
afterAll(async () => {
  for (const each of others) await each.remove();
});

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

describe("wrong settings", () => {
  it("are reported all at once, and up refuses with the same lines before it touches anything", async () => {
    const some = wrongSettings.slice(0, 7);
    const sections = some.reduce<Mapping>((all, [, each]) => deepMerge(all, each), {});
    const bad = withSettings(sections);
    const checked = await bad.keelson("check");
    for (const [, , line] of some) {
      expect(lines(checked.stderr)).toContainEqual(expect.stringMatching(line));
    }
    for (const command of ["up", "preview", "start", "destroy"]) {
      const refused = await bad.keelson(command);
      expect([command, refused.code, lines(refused.stderr)]).toEqual([
        command,
        1,
        lines(checked.stderr),
      ]);
    }
    expect(existsSync(bad.stateFile)).toBe(false);
    expect(await stack.present()).toEqual(nothing);
  });

  it("right ones are ok", async () => {
    const { code, stdout, stderr } = await stack.keelson("check");
    expect([code, stdout, stderr]).toEqual([0, "ok\n", ""]);
  });
});

describe("missing secrets", () => {
  it("are named all at once, none of them printed, before anything is touched", async () => {
    const bad = withSettings({
      secrets: {
        ONE: {},
        TWO: { variable: "OTHER" },
        THREE: { pattern: "^sk_" },
        FOUR: { minLength: 20 },
      },
    });
    bad.environment = { OTHER: "  ", THREE: "canary-three", FOUR: "canary-four" };
    for (const command of ["check", "up", "preview"]) {
      const { code, stdout, stderr } = await bad.keelson(command);
      expect([command, code]).toEqual([command, 1]);
      expect(lines(stderr)).toEqual([
        expect.stringMatching(/^secrets\.FOUR: is shorter than 20 characters; .*\bFOUR\b/),
        expect.stringMatching(/^secrets\.ONE: is missing; .*\bONE\b/),
        expect.stringMatching(/^secrets\.THREE: does not match .*; .*\bTHREE\b/),
        expect.stringMatching(/^secrets\.TWO: is empty; .*\bOTHER\b/),
      ]);
      expect(stdout + stderr).not.toContain("canary");
    }
    expect(existsSync(bad.stateFile)).toBe(false);
    expect(await stack.present()).toEqual(nothing);
  });
});

describe("a port that is taken", () => {
  it.each(["start", "up"])(
    "is named with its holder by %s before anything is made",
    async (command) => {
      const server = createServer().listen(ports.http, "127.0.0.1");
      await once(server, "listening");
      try {
        const { code, stderr } = await stack.keelson(command);
        expect([code, stderr]).toEqual([
          1,
          expect.stringContaining(`Port ${ports.http} (proxy.httpPort) is taken by`),
        ]);
        expect(stderr).toContain(`(pid ${process.pid})`);
        expect(await stack.present()).toEqual(nothing);
      } finally {
        server.close();
      }
    },
  );
});
