import { describe, expect, it } from "vitest";
import { image } from "#release/image";
import { begun, world } from "../support/step-world.js";

const look = "image inspect --format {{.Architecture}} shop:2";

/** A host of some architecture, on which the image is of another one or not there. */
function host({ own = "amd64", there = "amd64", pulled = "amd64", built = "no" }) {
  const here = world({ IMAGE: "shop:2", BUILT: built });
  begun(here.proxy);
  let found = there;
  here.containers.other = (command) => {
    if (command === look) {
      return found === "" ? { code: 1, stderr: "No such image" } : { stdout: `${found}\n` };
    }
    if (command.startsWith("version ")) return { stdout: `${own}\n` };
    if (command === "pull --quiet shop:2") {
      found = pulled;
      return pulled === "" ? { code: 1, stderr: "denied: no such repository\n" } : {};
    }
    return undefined;
  };
  return here;
}

describe("image", () => {
  it("passes one that is there and for this host, and does not pull it", async () => {
    const { proxy, context, asked, record } = host({});
    await image(context, proxy.converse);
    expect(asked("image", "pull", "version")).toEqual([look, "version --format {{.Server.Arch}}"]);
    expect(record()).not.toHaveProperty("fetched");
  });

  it("pulls one that is not there, and notes that it may remove it again", async () => {
    const { proxy, context, asked, record } = host({ there: "" });
    await image(context, proxy.converse);
    expect(asked("image", "pull")).toEqual([look, "pull --quiet shop:2", look]);
    expect(record()).toMatchObject({ fetched: true, result: "running" });
  });

  it("notes the same of one that Keelson has built", async () => {
    const { proxy, context, record } = host({ built: "yes" });
    await image(context, proxy.converse);
    expect(record()).toMatchObject({ fetched: true });
  });

  it("says that one is not to be had, with the registry's own message", async () => {
    const { proxy, context, record } = host({ there: "", pulled: "" });
    const reason =
      "image: shop:2 is neither on the Docker host nor to be had from its registry (above); correct app.image, or bring it there";
    await expect(image(context, proxy.converse)).rejects.toThrow(reason);
    expect(context.said).toEqual(["denied: no such repository"]);
    expect(record()).toMatchObject({ result: "failed", reason });
  });

  it.each([
    ["there", { there: "arm64" }],
    ["pulled", { there: "", pulled: "arm64" }],
  ])("refuses one of another architecture that is %s", async (_what, of) => {
    const { proxy, context, record } = host(of);
    const reason = "image: shop:2 is for arm64 and the Docker host is amd64; build it for amd64";
    await expect(image(context, proxy.converse)).rejects.toThrow(reason);
    expect(record()).toMatchObject({ result: "failed", reason });
  });

  it("passes one of a host of another architecture", async () => {
    const { proxy, context, record } = host({ own: "arm64", there: "arm64" });
    await image(context, proxy.converse);
    expect(record()).toMatchObject({ result: "running" });
  });

  it("leaves the tag that it was resolved from as a pull of it would", async () => {
    const { proxy, context, asked, containers } = host({});
    const { other } = containers;
    containers.other = (command) => (command === "tag shop:2 hub/shop:1" ? {} : other(command));
    await image(
      { ...context, environment: { ...context.environment, IMAGE_TAG: "hub/shop:1" } },
      proxy.converse,
    );
    expect(asked("tag")).toEqual(["tag shop:2 hub/shop:1"]);
  });

  it("says what Docker does not", async () => {
    const { proxy, context, containers } = host({});
    const { other } = containers;
    containers.other = (command) =>
      command.startsWith("version ") ? { code: 1, stderr: "no daemon\n" } : other(command);
    await expect(image(context, proxy.converse)).rejects.toThrow(
      "docker version --format: no daemon",
    );
  });

  it("says where Docker does not say where the proxy is", async () => {
    const { proxy, context, containers } = host({});
    containers.other = () => ({ code: 1, stderr: "no daemon\n" });
    await expect(image(context, proxy.converse)).rejects.toThrow(
      "proxy: Docker does not say where it is: no daemon",
    );
  });

  it("takes a parameter that is missing for a fault of the program", async () => {
    const { proxy, context } = world();
    await expect(image(context, proxy.converse)).rejects.toThrow(
      "The step's parameter IMAGE is missing.",
    );
  });
});
