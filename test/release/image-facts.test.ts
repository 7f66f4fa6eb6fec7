import { describe, expect, it } from "vitest";
import { homeOf } from "#lib/image-facts";
import { factsOf, homeIn } from "#release/image-facts";
import { fakeContext } from "../support/step-context.js";

const list =
  "root:x:0:0:root:/root:/bin/bash\nweb:x:33:33::/var/www:/bin/sh\nnobody:x:65534:65534::/nonexistent:/x\n";
// As Docker sends it: a tar, whose header ends with zeros.
const tar = `passwd\0\0\0\0${list}\0\0`;

describe("homeIn", () => {
  it.each([
    ["0", "/root"],
    ["33", "/var/www"],
    ["3", undefined],
    ["65534", undefined],
    ["10001", undefined],
  ])("of the uid %s is %s", (uid, home) => {
    expect(homeIn(tar, uid)).toBe(home);
  });
});

describe("factsOf", () => {
  function host(config: object, passwd = tar) {
    return fakeContext({}, (words) => {
      if (words.startsWith("image inspect")) return { stdout: JSON.stringify(config) };
      if (words.startsWith("create ")) return { stdout: "c9\n" };
      if (words.startsWith("cp ")) return passwd === "" ? { code: 1 } : { stdout: passwd };
      return undefined;
    });
  }

  it("are the image's own home and HEALTHCHECK, with no container of it", async () => {
    const context = host({ Env: ["A=b", "HOME=/app"], Healthcheck: { Test: ["CMD", "ok"] } });
    expect(await factsOf(context, "shop:1", "33")).toEqual({ healthcheck: true, home: "/app" });
    expect(context.asked).toHaveLength(1);
  });

  it("are those of its list of users, read from a container that never runs and is removed", async () => {
    const context = host({ Env: null, Healthcheck: null });
    expect(await factsOf(context, "shop:1", "33")).toEqual({
      healthcheck: false,
      home: "/var/www",
    });
    expect(context.asked.slice(1)).toEqual([
      "create --network none shop:1 none",
      "cp c9:/etc/passwd -",
      "rm --force --volumes c9",
    ]);
  });

  it.each([
    ["it does not list", tar],
    ["of an image without a list", ""],
  ])("leave a user %s with /tmp for a home", async (_what, passwd) => {
    const facts = await factsOf(
      host({ Healthcheck: { Test: ["NONE"] } }, passwd),
      "shop:1",
      "10001",
    );
    expect([facts.healthcheck, homeOf(facts)]).toEqual([false, "/tmp"]);
  });
});
