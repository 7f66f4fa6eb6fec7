import { describe, expect, it } from "vitest";
import { containerFates } from "#cli/commands/preview/containers";
import { hidden, unknown, type Values } from "#cli/commands/preview/steps";
import { inputsOf, resources, step } from "../../../support/preview.js";

/** What is said of a container whose inputs change. */
function because(old: Values, now: Values): readonly string[] {
  const [from, to] = [inputsOf("app", old), inputsOf("app", now)];
  const [fate] = containerFates(
    resources(step("replace", { name: "app", old: from, now: to })),
    undefined,
  );
  return fate?.because ?? [];
}

describe("a changed container's reasons", () => {
  it.each<[string, Values, Values, string[]]>([
    ["nothing", {}, {}, []],
    ["its made-up name", { name: "a-1234567" }, { name: "a-7654321" }, []],
    ["the provider's own notes", { __defaults: ["name"] }, { __defaults: [] }, []],
    ["what is empty either way", { ports: [] }, {}, []],
    ["image", { image: "a:1" }, { image: "a:2" }, ["image a:1 → a:2"]],
    ["an image still to be built", { image: "a:1" }, { image: unknown }, ["image"]],
    [
      "memory, and the swap that follows it",
      { memory: 256, memorySwap: 256 },
      { memory: 512, memorySwap: 512 },
      ["memory 256 → 512 MiB"],
    ],
    ["processors", { cpus: "1.0" }, { cpus: "2.0" }, ["processors 1.0 → 2.0"]],
    ["one variable", { envs: ["A=1", "B=x=y"] }, { envs: ["A=1", "B=x=z"] }, ["variable B"]],
    ["variables", { envs: ["A=1", "B=2"] }, { envs: ["C=3", "A=2", "B=2"] }, ["variables A, C"]],
    ["their order alone", { envs: ["A=1", "B=2"] }, { envs: ["B=2", "A=1"] }, ["variables"]],
    ["sealed variables", { envs: ["A=1"] }, { envs: hidden }, ["variables (they hold secrets)"]],
    [
      "parameters of a server",
      { command: ["postgres", "-c", "work_mem=4MB", "-c", "jit=off"] },
      { command: ["postgres", "-c", "work_mem=8MB", "-c", "jit=off", "-c", "fsync=on"] },
      ["parameters work_mem, fsync"],
    ],
    ["another command", { command: ["a", "-c", "b"] }, { command: ["a", "--x"] }, ["command"]],
    [
      "ports",
      { ports: [{ ip: "0.0.0.0", internal: 8080, external: 80 }] },
      { ports: [{ ip: "127.0.0.1", internal: 8080, external: 8080 }] },
      ["published ports 0.0.0.0:80 → 127.0.0.1:8080"],
    ],
    [
      "volumes",
      {
        volumes: [
          { containerPath: "/a", volumeName: "a" },
          { containerPath: "/b", volumeName: "b" },
        ],
      },
      {
        volumes: [
          { containerPath: "/b", volumeName: "c" },
          { containerPath: "/d", volumeName: "d" },
        ],
      },
      ["volume at /a removed", "volume at /b", "volume at /d added"],
    ],
    [
      "limits, once, by our names",
      { stopTimeout: 1, destroyGraceSeconds: 1, readOnly: true, user: "1:1" },
      { stopTimeout: 2, destroyGraceSeconds: 2, readOnly: false, user: "2:2" },
      ["stop limit", "read-only root", "user"],
    ],
  ])("of %s", (_what, old, now, args) => {
    const said = because(old, now);
    expect([...said].sort()).toEqual([...args].sort());
  });

  it("names secrets that changed, came or went, by the digests of the step that fills their volume", () => {
    const mounted = (volumeName: string) =>
      inputsOf("app", { volumes: [{ containerPath: "/run/secrets", volumeName }] });
    const fill = (SECRETS: string) => ({ stdin: hidden, environment: { SECRETS } });
    const type = "docker:index/volume:Volume";
    const steps = [
      step("replace", { name: "app-secrets", type, old: { name: "v1" }, now: { name: "v2" } }),
      step("update", {
        name: "app-secrets-fill",
        type: "command:local:Command",
        old: fill("GONE=1 KEPT=2 OTHER=3"),
        now: fill("KEPT=2 NEW=4 OTHER=5"),
      }),
      step("replace", { name: "app", old: mounted("v1"), now: mounted("v2") }),
    ];
    const [fate] = containerFates(resources(...steps), undefined);
    expect(fate?.because).toEqual(["secrets GONE, OTHER, NEW"]);
    const [unnamed] = containerFates(resources(...steps.slice(2)), undefined);
    expect(unnamed?.because).toEqual(["secrets"]);
  });

  it("are the engine's where two secrets look the same", () => {
    const envs = { envs: hidden };
    const each = step("replace", {
      name: "app",
      old: inputsOf("app", envs),
      now: inputsOf("app", envs),
    });
    const said = (diffReasons: string[]) =>
      containerFates(resources({ ...each, diffReasons }), undefined)[0]?.because;
    expect(said(["envs"])).toEqual(["variables (they hold secrets)"]);
    expect(said([])).toEqual([]);
  });
});
