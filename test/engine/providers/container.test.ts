import { describe, expect, test } from "vitest";
import type { Existing, ResourceType } from "#engine/provider";
import type { ContainerJson } from "#engine/providers/docker/container-json";
import { creationOf, endpointOf } from "#engine/providers/docker/container-request";
import { outputsOf } from "#engine/providers/docker/container-state";
import { containerType } from "#engine/providers/docker/container";
import type { Properties } from "#engine/values";
import { unknown } from "#engine/values";

const type: ResourceType = containerType(() => {
  throw new Error("neither check nor diff may speak to Docker");
}, []);
const check = (inputs: Properties, old?: Properties): Properties => type.check(inputs, old, "app");
const base = { image: "i:1", command: ["run"], entrypoints: ["/bin/sh"] };

function existing(inputs: Properties, options: Partial<Existing> = {}): Existing {
  return { id: "x", inputs: check(inputs), outputs: { mustRun: true }, initErrors: [], ...options };
}

const diff = (old: Existing, inputs: Properties) => type.diff(old, check(inputs, old.inputs));

describe("check", () => {
  test("fills in the real provider's defaults and says which", () => {
    const { name, ...rest } = check({ image: "i:1" });
    expect(name).toMatch(/^app-[0-9a-f]{7}$/);
    expect(rest).toEqual({
      __defaults: [
        "containerReadRefreshTimeoutMilliseconds",
        "mustRun",
        "name",
        "networkMode",
        "removeVolumes",
        "restart",
        "start",
        "waitTimeout",
      ],
      containerReadRefreshTimeoutMilliseconds: 15000,
      image: "i:1",
      mustRun: true,
      networkMode: "bridge",
      removeVolumes: true,
      restart: "no",
      start: true,
      waitTimeout: 60,
    });
  });

  test("keeps the name while the container lives, and gives a replacement another", () => {
    const first = check(base);
    expect(check(base, first)["name"]).toBe(first["name"]);
    expect(check(base)["name"]).not.toBe(first["name"]);
  });

  test("refuses what the engine does not do by name", () => {
    expect(() => check({ ...base, uploads: [] })).toThrow(
      'docker:Container app: the embedded engine does not know the input "uploads"; use the Pulumi CLI for it.',
    );
  });
});

describe("diff", () => {
  test.each([
    ["envs in another order", { envs: ["A=1", "B=2"] }, { envs: ["B=2", "A=1"] }],
    ["labels in another order", { labels: [l("a"), l("b")] }, { labels: [l("b"), l("a")] }],
    ["an empty list for none", { hosts: [] }, {}],
    ["false for none", { readOnly: false }, {}],
    ["a computed input taken away", { init: true }, {}],
    ["nested defaults written out", ports({}), ports({ protocol: "tcp" })],
  ])("%s is no change", (_title, old: Properties, wanted: Properties) => {
    const { changed } = diff(existing({ ...base, ...old }), { ...base, ...wanted });
    expect(changed).toEqual([]);
  });

  test.each([
    ["image", { image: "i:2" }],
    ["envs", { envs: ["A=1"] }],
    ["command", { command: ["other"] }],
    ["networksAdvanced", { networksAdvanced: [{ name: "n" }] }],
    ["stopTimeout", { stopTimeout: 5 }],
    ["volumes", { volumes: [{ volumeName: unknown, containerPath: "/data" }] }],
  ])("a change of %s replaces, the old one first", (key, wanted) => {
    const found = diff(existing(base), { ...base, ...wanted });
    expect(found).toEqual({ changed: [key], replace: [key], deleteBeforeReplace: true });
  });

  // The real provider's trap: reported as an update, and nothing happens.
  test.each([
    ["healthcheck", { healthcheck: { tests: ["CMD", "true"], interval: "2s" } }],
    ["init", { init: true }],
    ["tmpfs", { tmpfs: { "/tmp": "" } }],
    ["memory", { memory: 64 }],
    ["destroyGraceSeconds", { destroyGraceSeconds: 9 }],
  ])("a change of %s updates in place", (key, wanted) => {
    const found = diff(existing(base), { ...base, ...wanted });
    expect(found).toMatchObject({ changed: [key], replace: [] });
  });

  test("a container that was found stopped is started, one with ports replaced", () => {
    const stopped = { outputs: { mustRun: false, ports: [] } };
    expect(diff(existing(base, stopped), base)).toMatchObject({
      changed: ["mustRun"],
      replace: [],
    });
    const published = { ...base, ...ports({}) };
    expect(diff(existing(published, stopped), published)).toMatchObject({ replace: ["ports"] });
  });

  test("cpus in another spelling than Docker's replace at every run", () => {
    const ran = (cpus: string) => ({ outputs: { mustRun: true, cpus } });
    const written = (cpus: string) => ({ ...base, cpus });
    expect(diff(existing(written("1.50"), ran("1.5")), written("1.50")).replace).toEqual(["cpus"]);
    expect(diff(existing(written("1.0"), ran("1.0")), written("1.0")).replace).toEqual([]);
  });

  test("a failed create replaces only when command or entrypoints are left to the image", () => {
    const failed = { initErrors: ["container failed to be in healthy state"] };
    expect(diff(existing(base, failed), base).replace).toEqual([]);
    expect(diff(existing({ image: "i" }, failed), { image: "i" }).replace).toEqual([
      "command",
      "entrypoints",
    ]);
  });
});

test.each([
  [0, null],
  [5e8, "0.5"],
  [1e9, "1.0"],
  [15e8, "1.5"],
  [225e7, "2.25"],
])("%d billionths of a cpu are kept as %j", (NanoCpus, expected) => {
  const nothing = { Config: {}, State: {}, NetworkSettings: {}, Name: "/app" };
  const HostConfig = { NanoCpus, LogConfig: {}, RestartPolicy: {} };
  const container = { ...nothing, HostConfig } as unknown as ContainerJson;
  expect(outputsOf({}, container)["cpus"]).toBe(expected);
});

test("a container is asked of Docker as the real provider asks", () => {
  const inputs = check({
    ...base,
    ...ports({ external: 80, ip: "127.0.0.1" }),
    cpus: "0.5",
    memory: 64,
    memorySwap: -1,
    tmpfs: { "/tmp": "size=1m" },
    volumes: [
      { volumeName: "v", containerPath: "/data", readOnly: true },
      { containerPath: "/anonymous" },
    ],
    healthcheck: { tests: ["CMD", "true"], interval: "1m30s", timeout: "500ms", retries: 3 },
    hosts: [{ host: "h", ip: "::1" }],
    ulimits: [{ name: "nofile", soft: 1, hard: 2 }],
  });
  expect(creationOf(inputs)).toMatchObject({
    Image: "i:1",
    Cmd: ["run"],
    Entrypoint: ["/bin/sh"],
    ExposedPorts: { "8080/tcp": {} },
    Volumes: { "/anonymous": {} },
    Healthcheck: { Test: ["CMD", "true"], Interval: 90e9, Timeout: 5e8, Retries: 3 },
    HostConfig: {
      NetworkMode: "bridge",
      Binds: ["v:/data:ro"],
      PortBindings: { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "80" }] },
      Memory: 64 * 1024 * 1024,
      MemorySwap: -1,
      NanoCpus: 5e8,
      Tmpfs: { "/tmp": "size=1m" },
      ExtraHosts: ["h:::1"],
      Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }],
      Init: false,
    },
  });
  expect(endpointOf({ name: "n", aliases: ["a"] }, "id")).toMatchObject({
    Container: "id",
    EndpointConfig: { Aliases: ["a"] },
  });
});

function l(label: string): Properties {
  return { label, value: "x" };
}

function ports(port: Properties): Properties {
  return { ports: [{ internal: 8080, ...port }] };
}
