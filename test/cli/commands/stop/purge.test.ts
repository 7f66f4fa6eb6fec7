import { describe, expect, it } from "vitest";
import { removeLabelled } from "#cli/commands/stop/purge";
import { Failure } from "#cli/io/failure";

const inspected = [
  {
    Id: "c1",
    Name: "/shop-local-app",
    State: { Running: true },
    Config: { Image: "shop:1", Labels: { "dev.keelson.workload": "app" } },
    HostConfig: { RestartPolicy: { Name: "always" }, PortBindings: {} },
    NetworkSettings: { Networks: { "shop-local-data": {} } },
  },
];

/** A Docker host with one container, network and volume of the stack; `holds` lists containers by what they use. */
function host(holds: Readonly<Record<string, string>>) {
  const calls: string[] = [];
  const docker = (args: readonly string[]) => {
    const call = args.join(" ");
    const filter = args.at(-1) ?? "";
    const isSearch = filter.startsWith("network=") || filter.startsWith("volume=");
    const answers: Record<string, string> = {
      "ps -aq": "c1",
      inspect: JSON.stringify(inspected),
      "network ls": "n1 shop-local-data",
      "volume ls": "shop-local-pg",
    };
    const known = Object.keys(answers).find((each) => call.startsWith(each));
    if (known === undefined && !isSearch) calls.push(call);
    const stdout = isSearch ? (holds[filter] ?? "") : known === undefined ? "" : answers[known];
    return Promise.resolve({ code: 0, stdout: stdout ?? "", stderr: "" });
  };
  return { docker, calls };
}

describe("a purge", () => {
  it("removes containers, networks and volumes, its own being no reason to wait", async () => {
    const { docker, calls } = host({
      "network=n1": "c1 shop-local-app",
      "volume=shop-local-pg": "",
    });
    const { containers, volumes } = await removeLabelled(docker, ["shop", "local"]);
    expect([containers.length, volumes]).toEqual([1, ["shop-local-pg"]]);
    expect(calls).toEqual(["rm --force --volumes c1", "network rm n1", "volume rm shop-local-pg"]);
  });

  it("removes nothing where others hold a network or a volume, and names them", async () => {
    const { docker, calls } = host({
      "network=n1": "c1 shop-local-app\nx1 adminer",
      "volume=shop-local-pg": "x2 copy",
    });
    const work = removeLabelled(docker, ["shop", "local"]);
    await expect(work).rejects.toThrow(
      new Failure(
        "Nothing was removed: the network shop-local-data is used by adminer; the volume shop-local-pg is used by copy. " +
          "Remove that container (docker rm --force), or disconnect it (docker network disconnect), and run this again.",
      ),
    );
    expect(calls).toEqual([]);
  });
});
