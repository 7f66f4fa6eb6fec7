import { describe, expect, it } from "vitest";
import { StackProxy } from "#release/proxy";
import { pruneImages } from "#release/prune";
import { FakeHaproxy } from "../support/fake-haproxy.js";
import { begun, world } from "../support/step-world.js";

const contentOf = (image: string) => ({ image, version: "1", gitSha: "abc", settings: { image } });

/** Releases that went live one after another; the image of each was brought by Keelson unless it says otherwise. */
function released(proxy: FakeHaproxy, ...images: readonly (string | [string, object])[]): void {
  images.forEach((each, index) => {
    const [image, more] = typeof each === "string" ? [each, {}] : each;
    const id = `v${String(index + 1)}`;
    begun(proxy, { id, result: "live", fetched: true, content: contentOf(image), ...more });
  });
}

/** A host on which all images are there. `docker` answers by the beginning of its arguments. */
function host(
  answers: Readonly<Record<string, { code?: number; stdout?: string; stderr?: string }>> = {},
) {
  const here = world();
  const others = new Map<string, FakeHaproxy>();
  here.containers.other = (command) => {
    const [, own] = Object.entries(answers).find(([begin]) => command.startsWith(begin)) ?? [];
    if (own !== undefined) return own;
    if (command.startsWith("ps --quiet --no-trunc")) {
      return { stdout: ["proxy0123", ...others.keys()].join("\n") };
    }
    return command.startsWith("image ls ") ? { stdout: "id\n" } : undefined;
  };
  const proxy = new StackProxy(here.context, "proxy", (_docker, container) =>
    (others.get(container) ?? here.proxy).conversation(),
  );
  const isPruned = (id: string) =>
    (JSON.parse(here.proxy.files.get(`releases/${id}.json`) ?? "{}") as { pruned?: boolean })
      .pruned;
  return { ...here, others, isPruned, prune: (keep = 2) => pruneImages(here.context, proxy, keep) };
}

describe("pruneImages", () => {
  it("removes the images that none of the last releases needs, and notes it", async () => {
    const { proxy, context, asked, isPruned, prune } = host();
    released(proxy, "shop:1", "shop:2", "shop:3");
    await prune();
    expect(asked("image rm")).toEqual(["image rm shop:1"]);
    expect(context.said).toEqual(["removed the image shop:1 of an earlier release"]);
    expect([isPruned("v1"), isPruned("v2")]).toEqual([true, undefined]);
    // Other stacks ask for it.
    expect(proxy.files.get("releases/keep")).toBe("2\n");
    await prune();
    expect(asked("image rm")).toHaveLength(1);
  });

  it("keeps what the user brought to the host", async () => {
    const { proxy, asked, prune } = host();
    released(
      proxy,
      ["shop:1", { fetched: false }],
      ["shop:0", { fetched: undefined }],
      "shop:2",
      "shop:3",
    );
    await prune();
    expect(asked("image rm")).toEqual([]);
  });

  it("keeps one that a container has, and looks again the next time", async () => {
    const { proxy, asked, isPruned, prune } = host({
      "ps --all --quiet --filter ancestor=": { stdout: "c1\n" },
    });
    released(proxy, "shop:1", "shop:2", "shop:3");
    await prune();
    expect([asked("image rm"), isPruned("v1")]).toEqual([[], undefined]);
  });

  it("notes one that is gone already", async () => {
    const { proxy, asked, isPruned, prune } = host({ "image ls": { stdout: "" } });
    released(proxy, "shop:1", "shop:2", "shop:3");
    await prune();
    expect([asked("image rm"), isPruned("v1")]).toEqual([[], true]);
  });

  it("says what Docker does not remove, and tries again the next time", async () => {
    const { proxy, context, isPruned, prune } = host({
      "image rm": { code: 1, stderr: "conflict: it is used\n" },
    });
    released(proxy, "shop:1", "shop:2", "shop:3");
    await prune();
    expect(context.said).toEqual([
      "the image shop:1 of an earlier release stays: conflict: it is used",
    ]);
    expect(isPruned("v1")).toBeUndefined();
  });

  it.each([
    ["stays for another stack that may roll back to it", ["shop:1", "shop:9"], undefined, []],
    ["is removed where another stack needs others", ["shop:8", "shop:9"], undefined, ["shop:1"]],
    [
      "is removed where another stack keeps fewer",
      ["shop:1", "shop:8", "shop:9"],
      "2\n",
      ["shop:1"],
    ],
    [
      "stays where another stack does not say how many",
      ["shop:1", "shop:8", "shop:9"],
      undefined,
      [],
    ],
  ])("%s", async (_what, images, keep, removed) => {
    const { proxy, others, asked, isPruned, prune } = host();
    released(proxy, "shop:1", "shop:2", "shop:3");
    const other = new FakeHaproxy();
    released(other, ...images);
    if (keep !== undefined) other.files.set("releases/keep", keep);
    others.set("p2", other);
    await prune();
    expect(asked("image rm")).toEqual(removed.map((image) => `image rm ${image}`));
    // Who has it is known: this stack need not ask again.
    expect(isPruned("v1")).toBe(true);
  });

  it("stays where another stack does not say what it needs", async () => {
    const { proxy, context, others, asked, prune } = host();
    released(proxy, "shop:1", "shop:2", "shop:3");
    const other = new FakeHaproxy();
    other.broken.set("records", "no such file");
    others.set("p2", other);
    await prune();
    expect(asked("image rm")).toEqual([]);
    expect(context.said).toEqual([
      "whether another stack needs shop:1 can't be found out: proxy: records: it ended with 1: no such file",
    ]);
  });

  it("stays where Docker does not say which other stacks there are", async () => {
    const { proxy, asked, prune } = host({ "ps --quiet --no-trunc": { code: 1 } });
    released(proxy, "shop:1", "shop:2", "shop:3");
    await prune();
    expect(asked("image rm")).toEqual([]);
  });

  it("is no reason to fail a release where the history can't be read", async () => {
    const { proxy, context, prune } = host();
    proxy.broken.set("records", "I/O error");
    await prune();
    expect(context.said).toEqual([
      "images of earlier releases stay: proxy: records: it ended with 1: I/O error",
    ]);
  });
});
