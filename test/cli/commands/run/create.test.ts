import { describe, expect, it } from "vitest";
import { createCall, networksOf } from "#cli/commands/run/create";
import type { Model } from "#cli/commands/run/model";

const model: Model = {
  Id: "c1",
  Name: "shop-prod-app-0c1d2e3",
  Image: "sha256:1",
  Config: { Image: "shop:1", Env: ["A=1", "URL=a=b #c"], User: "10001:10001", StopTimeout: 20 },
  HostConfig: {
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    CapAdd: [],
    SecurityOpt: ["no-new-privileges"],
    Tmpfs: { "/tmp": "rw,noexec,size=64m", "/cache": "" },
    Init: true,
    PidsLimit: 200,
    Memory: 268435456,
    MemorySwap: 268435456,
    NanoCpus: 0,
    CpuPeriod: 100000,
    CpuQuota: 50000,
    ShmSize: 67108864,
  },
  Mounts: [
    { Type: "volume", Name: "files", Destination: "/files", RW: true },
    { Type: "volume", Name: "secrets-1", Destination: "/run/secrets", RW: false },
    { Type: "tmpfs", Destination: "/tmp", RW: true },
  ],
  NetworkSettings: { Networks: { "shop-prod-edge": {}, "shop-prod-data": {} } },
};
const copy = { name: "r", labels: ["--label", "a=b"], command: ["ls", "-l"], hasTerminal: false };

describe("createCall", () => {
  it("makes a container with limits, hardening, volumes and network of its model, and a copy of its secrets", () => {
    const { args, environment, file } = createCall(model, copy);
    expect(args).toEqual([
      ..."--rm --name r --interactive --log-driver none --no-healthcheck".split(" "),
      ..."--label a=b --user 10001:10001 --stop-timeout 20 --read-only --cap-drop ALL".split(" "),
      ..."--security-opt no-new-privileges --tmpfs /tmp:rw,noexec,size=64m --tmpfs /cache".split(
        " ",
      ),
      ..."--init --pids-limit 200 --memory 268435456 --memory-swap 268435456".split(" "),
      ..."--cpu-period 100000 --cpu-quota 50000 --shm-size 67108864".split(" "),
      ..."--mount type=volume,source=files,target=/files,volume-nocopy".split(" "),
      ..."--mount type=volume,target=/run/secrets,volume-nocopy".split(" "),
      ..."--network shop-prod-data --env A --env URL sha256:1 ls -l".split(" "),
    ]);
    expect(environment).toEqual({ A: "1", URL: "a=b #c" });
    expect(file).toBe("");
    expect(networksOf(model)).toEqual(["shop-prod-data", "shop-prod-edge"]);
  });

  it("passes no value in its arguments; what docker's client itself goes by comes by a file", () => {
    const env = { KEY: "-----BEGIN\nsecret\n", A: "2", HOME: "/data", https_proxy: "http://p" };
    const { args, environment, file } = createCall(model, { ...copy, env });
    expect(environment).toEqual({ A: "2", URL: "a=b #c", KEY: env.KEY });
    expect(file).toBe("HOME=/data\nhttps_proxy=http://p\n");
    expect(args.join(" ")).toContain("--env A --env URL --env KEY sha256:1");
    expect(args.join(" ")).not.toMatch(/BEGIN|A=2|URL=|HOME/);
  });

  it("refuses a variable of several lines by whose name docker itself goes", () => {
    const env = { HOME: "/a\n/b" };
    expect(() => createCall(model, { ...copy, env })).toThrow(
      "HOME: it has several lines and a name that docker itself goes by, so it can't be passed on; give the variable another name.",
    );
  });

  it("takes a terminal and a memory of its own", () => {
    const args = createCall(model, { ...copy, hasTerminal: true, memory: 1024 }).args.join(" ");
    expect(args).toContain("--interactive --tty ");
    expect(args).toContain("--memory 1024 --memory-swap 1024");
  });

  it("mounts no secrets where the model has none", () => {
    const plain = { ...model, Mounts: model.Mounts.slice(0, 1) };
    expect(createCall(plain, copy).args.join(" ")).not.toContain("/run/secrets");
  });
});
