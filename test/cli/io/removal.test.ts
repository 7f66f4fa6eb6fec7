import { describe, expect, it } from "vitest";
import { removeContainers, removeNetworks, removeVolumes } from "#cli/io/removal";
import { Failure } from "#cli/io/failure";

const held = "Error response from daemon: network n1 id 13c3 has active endpoints";

/** A Docker host whose network `n1` is held so many times, by the ends that it lists. */
function host(refusals: number, ends: Readonly<Record<string, { Name: string }>>) {
  const calls: string[] = [];
  const docker = (args: readonly string[]) => {
    calls.push(args.join(" "));
    const isRefused =
      args[1] === "rm" && calls.filter((each) => each === "network rm n1").length <= refusals;
    const stdout = args[1] === "inspect" ? JSON.stringify(ends) : "";
    return Promise.resolve({ code: isRefused ? 1 : 0, stdout, stderr: isRefused ? held : "" });
  };
  return { docker, calls };
}

describe("removing networks", () => {
  it("waits for a container that goes at the same time", async () => {
    const { docker, calls } = host(2, { "4f5e": { Name: "going" } });
    await removeNetworks(docker, ["n1", "n2"]);
    expect(calls.filter((each) => each.startsWith("network rm"))).toEqual([
      "network rm n1",
      "network rm n1",
      "network rm n1",
      "network rm n2",
    ]);
    expect(calls.filter((each) => each.includes("disconnect"))).toEqual([]);
  });

  it("disconnects what a container left that is gone", async () => {
    const { docker, calls } = host(1, { "ep-77aa": { Name: "gone" }, "4f5e": { Name: "going" } });
    await removeNetworks(docker, ["n1"]);
    expect(calls).toContain("network disconnect --force n1 gone");
    expect(calls.filter((each) => each.includes("disconnect"))).toHaveLength(1);
  });

  it("ends with Docker's words where one stays", async () => {
    const { docker } = host(Number.POSITIVE_INFINITY, {});
    const work = removeNetworks(docker, ["n1"], 0);
    await expect(work).rejects.toThrow(new Failure(`docker network rm n1 failed: ${held}`));
  });

  it("does not wait where Docker refuses for another reason", async () => {
    const docker = () => Promise.resolve({ code: 1, stdout: "", stderr: "permission denied" });
    await expect(removeNetworks(docker, ["n1"])).rejects.toThrow(/permission denied/);
  });

  it("takes one that is gone already for removed", async () => {
    const docker = () =>
      Promise.resolve({ code: 1, stdout: "", stderr: "Error: No such network: n1" });
    await expect(removeNetworks(docker, ["n1"])).resolves.toBeUndefined();
  });
});

describe("removing containers and volumes", () => {
  /** Answers of one `docker rm` after the other, the last one for good. */
  const answering = (...answers: readonly string[]) => {
    const calls: string[] = [];
    const docker = (args: readonly string[]) => {
      const stderr = answers[Math.min(calls.length, answers.length - 1)] ?? "";
      calls.push(args.join(" "));
      return Promise.resolve({ code: stderr === "" ? 0 : 1, stdout: "", stderr });
    };
    return { docker, calls };
  };
  const going = "Error response from daemon: removal of container c1 is already in progress";
  const gone = "Error: No such container: c1";
  const used = "Error response from daemon: remove v1: volume is in use - [c1]";

  it("waits for a container that goes by itself, or is gone", async () => {
    const { docker, calls } = answering(going, gone, "");
    await removeContainers(docker, ["c1", "c2"]);
    expect(calls).toEqual([
      "rm --force --volumes c1",
      "rm --force --volumes c1",
      "rm --force --volumes c2",
    ]);
  });

  it("waits for a volume whose container goes, and no longer than it may", async () => {
    const { docker, calls } = answering(used, "");
    await removeVolumes(docker, ["v1"]);
    expect(calls).toHaveLength(2);
    const work = removeVolumes(answering(used).docker, ["v1"], 0);
    await expect(work).rejects.toThrow(`docker volume rm v1 failed: ${used}`);
  });
});
