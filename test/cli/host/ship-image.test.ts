import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pushImage, streamImage } from "#cli/host/ship-image";
import { dockerAt, type Docker } from "#lib/docker";

// Two engines by one stand-in: the other one is where DOCKER_HOST leads.
const standIn = `#!/bin/bash
cd "$WORLD"
case "$DOCKER_HOST $1 $2" in
" image inspect") echo sha256:one ;;
" save "*) printf 'the image' ;;
"ssh://host image inspect") [ -e loaded ] ;;
"ssh://host load --quiet") if [ -e full ]; then echo "no space left on device" >&2; exit 1; fi; cat >loaded ;;
esac
`;

let world = "";
const before = process.env["PATH"];
beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), "keelson-ship-"));
  writeFileSync(join(world, "docker"), standIn);
  chmodSync(join(world, "docker"), 0o755);
  process.env["PATH"] = `${world}:${before ?? ""}`;
  process.env["WORLD"] = world;
});
afterEach(() => {
  process.env["PATH"] = before;
  Reflect.deleteProperty(process.env, "WORLD");
  rmSync(world, { recursive: true });
});

describe("an image that is streamed", () => {
  it("arrives as it is, and is not sent again", async () => {
    expect(await streamImage(dockerAt(), "shop:1", "ssh://host")).toBe("sha256:one");
    expect(readFileSync(join(world, "loaded"), "utf8")).toBe("the image");
    writeFileSync(join(world, "loaded"), "there already");
    await streamImage(dockerAt(), "shop:1", "ssh://host");
    expect(readFileSync(join(world, "loaded"), "utf8")).toBe("there already");
  });

  it("is refused by a full host in one sentence", async () => {
    writeFileSync(join(world, "full"), "");
    await expect(streamImage(dockerAt(), "shop:1", "ssh://host")).rejects.toThrow(
      "ssh://host does not take the image: no space left on device",
    );
    expect(existsSync(join(world, "loaded"))).toBe(false);
  });
});

describe("an image that is pushed", () => {
  const docker =
    (asked: string[]): Docker =>
    (args) => {
      asked.push(args.join(" "));
      const [verb] = args;
      const stdout =
        verb === "image" ? "r.example.com/other@sha256:1\nr.example.com/shop@sha256:2\n" : "";
      return Promise.resolve({ code: 0, stdout, stderr: "" });
    };

  it("is named by the digest that this repository gives it", async () => {
    const asked: string[] = [];
    const pushed = await pushImage(docker(asked), "shop:x", "r.example.com/shop", "v1.0.1");
    expect(pushed).toBe("r.example.com/shop@sha256:2");
    expect(asked.slice(0, 2)).toEqual([
      "tag shop:x r.example.com/shop:v1.0.1",
      "push --quiet r.example.com/shop:v1.0.1",
    ]);
  });

  it("is refused under a version that is no tag, before anything is done", async () => {
    const asked: string[] = [];
    await expect(
      pushImage(docker(asked), "shop:x", "r.example.com/shop", "feature/x"),
    ).rejects.toThrow("APP_VERSION: feature/x is no tag of an image");
    expect(asked).toEqual([]);
  });
});
