import { describe, expect, it } from "vitest";
import { findData } from "#cli/stack/data/found";
import type { Docker } from "#lib/docker";

/** A host with the volume of a stack that has no container, and with images by the label that they have. */
function host(images: Readonly<Record<string, string>>) {
  const ran: string[] = [];
  const docker: Docker = (args) => {
    const [command = "", sub] = args;
    const label = args.at(-1)?.split("=").at(-1) ?? "";
    const answers: Readonly<Record<string, string>> = {
      images: images[label] ?? "",
      run: "major 17\ncluster 7\nknown 6\nknown 7\n",
    };
    if (command === "run") ran.push(args.slice(0, args.indexOf("-s")).at(-1) ?? "");
    const missing = command === "volume" && sub === "inspect" && args.at(-1)?.endsWith("-gone");
    return Promise.resolve({
      code: missing === true ? 1 : 0,
      stdout: answers[command] ?? "",
      stderr: "",
    });
  };
  return { docker, ran };
}

describe("findData", () => {
  it("looks into the volume by an image of ours that has a shell, whatever else is built from one", async () => {
    const { docker, ran } = host({ "sample-app": "shell-less", jobs: "ours" });
    expect(await findData(docker, "shop", "prod")).toEqual({
      volume: "shop-prod-postgres-data",
      present: true,
      major: 17,
      cluster: "7",
      known: ["6", "7"],
    });
    expect(ran).toEqual(["ours"]);
  });

  it("says nothing where no image could look", async () => {
    const { docker, ran } = host({ "sample-app": "shell-less" });
    expect(await findData(docker, "shop", "prod")).toBeUndefined();
    expect(ran).toEqual([]);
  });
});
