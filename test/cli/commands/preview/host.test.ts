import { describe, expect, it } from "vitest";
import type { Docker } from "#lib/docker";
import { askHost } from "#cli/commands/preview/host";

describe("askHost", () => {
  const about = { containers: ["a", "b"], images: ["i:1", "i:2"], volumes: ["v"] };
  const answers =
    (table: Readonly<Record<string, string>>): Docker =>
    (args) => {
      const found = table[args.join(" ")] ?? table[args[0] ?? ""];
      const result = { code: found === undefined ? 1 : 0, stdout: found ?? "", stderr: "no way" };
      return Promise.resolve(result);
    };

  it("says which containers run, which images and volumes are there", async () => {
    const ps = "a running\nb exited\nc created";
    const docker = answers({
      version: "27",
      ps,
      "image inspect i:2": "[]",
      "volume inspect v": "[]",
    });
    expect(await askHost(docker, about)).toEqual({
      running: new Map([
        ["a", true],
        ["b", false],
        ["c", false],
      ]),
      images: new Set(["i:2"]),
      volumes: new Set(["v"]),
    });
  });

  it("is a sentence where there is no answer, or only another stack's", async () => {
    expect(await askHost(answers({}), about)).toBe(
      "The Docker host could not be asked (no way): nothing is said of what is there.",
    );
    expect(await askHost(answers({ version: "27", ps: "c running" }), about)).toMatch(
      /^None of the stack's containers is on this Docker host/,
    );
    expect(
      await askHost(answers({ version: "27", ps: "" }), { ...about, containers: [] }),
    ).toMatchObject({
      volumes: new Set(),
    });
  });
});
