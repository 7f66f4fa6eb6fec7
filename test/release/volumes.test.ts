import { describe, expect, it } from "vitest";
import { volumes } from "#release/volumes";
import { fakeContext } from "../support/step-context.js";

const environment = {
  IMAGE: "shop:1",
  TOOLS: "jobs:1",
  UID: "33",
  GID: "34",
  VOLUMES: JSON.stringify([{ name: "shop-uploads", path: "/app/uploads" }]),
};

/** A host whose volume has something in it, or nothing. */
function host(
  filled: string,
  more: (words: string) => { code: number } | undefined = () => undefined,
) {
  return fakeContext(environment, (words) => {
    if (words.endsWith("is-empty")) return { stdout: `${filled}\n` };
    if (words.startsWith("create ")) return { stdout: "c9\n" };
    return more(words);
  });
}

describe("volumes", () => {
  it("are filled from the image and given to the user while they are empty", async () => {
    const context = host("empty");
    await volumes(context);
    const [looked = "", created, taken = "", removed] = context.asked;
    expect(looked).toMatch(
      /--network=none .*--volume shop-uploads:\/volume jobs:1 .*fill-volume is-empty$/,
    );
    expect(created).toBe("create --network none --volume shop-uploads:/app/uploads shop:1 none");
    expect(taken).toMatch(/--cap-drop=ALL .*fill-volume take 33 34$/);
    expect(removed).toBe("rm --force c9");
  });

  it("are left alone once there is something in them", async () => {
    const context = host("filled");
    await volumes(context);
    expect(context.asked).toHaveLength(1);
  });

  it("leave no container where that fails", async () => {
    const context = host("empty", (words) => (words.includes(" take ") ? { code: 1 } : undefined));
    await expect(volumes(context)).rejects.toThrow("docker run --rm");
    expect(context.asked.at(-1)).toBe("rm --force c9");
  });
});
