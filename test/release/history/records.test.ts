import { describe, expect, it } from "vitest";
import type { ReleaseRecord } from "#release/history/record";
import { Records } from "#release/history/records";
import { ProxySession } from "#release/proxy-session";
import { FakeHaproxy } from "../../support/fake-haproxy.js";

const contentOf = (image: string, settings: object = { a: "ü'$" }) =>
  JSON.stringify({ settings, version: "1", image, gitSha: "abc" });

/** The records of a stack, as `by` writes them. */
function records(proxy = new FakeHaproxy(), by = "1@host", backTo: string | null = null) {
  return new Records(new ProxySession(proxy.conversation()), { who: "eve", by, backTo });
}

const listed = (proxy: FakeHaproxy) =>
  [...proxy.files]
    .filter(([name]) => /^releases\/v/.test(name))
    .map(([, text]) => JSON.parse(text) as ReleaseRecord);
const outcomes = (proxy: FakeHaproxy) =>
  listed(proxy).map(({ id, result, reason }) => [id, result, reason]);

describe("a release", () => {
  it("is one, however often it is taken up again, and ends once", async () => {
    const proxy = new FakeHaproxy();
    const all = records(proxy);
    expect(await all.begin(contentOf("shop:1"))).toBe("v1");
    expect(await records(proxy, "2@host").begin(contentOf("shop:1"))).toBe("v1");
    await records(proxy, "3@host").resume();
    await all.note({ migration: { ran: false, backwardCompatible: true } });
    await all.switched();
    const [{ switched } = { switched: "" }] = listed(proxy);
    await all.switched();
    await all.end({ result: "live", imageId: "sha256:1" });
    await all.end({ result: "failed", reason: "too late" });
    await all.resume();
    await all.fetched("shop:1");
    const [only, ...others] = listed(proxy);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      id: "v1",
      who: "eve",
      by: "3@host",
      result: "live",
      reason: null,
      switched,
      migration: { ran: false },
      imageId: "sha256:1",
      content: { image: "shop:1", settings: { a: "ü'$" } },
    });
    expect(only).not.toHaveProperty("fetched");
    const times = [only?.begin, only?.switched, only?.end];
    expect(times).toEqual(times.toSorted());
    expect(times.every((time) => typeof time === "string")).toBe(true);
  });

  it("is the same one whatever the order of its content's keys", async () => {
    const proxy = new FakeHaproxy();
    await records(proxy).begin(contentOf("shop:1"));
    const other = '{"image":"shop:1","gitSha":"abc","version":"1","settings":{"a":"ü\'$"}}';
    expect(await records(proxy).begin(other)).toBe("v1");
  });

  it("that failed is begun again by the step that is tried again", async () => {
    const proxy = new FakeHaproxy();
    const all = records(proxy);
    await all.begin(contentOf("shop:1"));
    await all.end({ result: "failed", reason: "health: unhealthy" });
    await all.resume();
    await all.end({ result: "live" });
    expect(outcomes(proxy)).toEqual([
      ["v1", "failed", "health: unhealthy"],
      ["v2", "live", null],
    ]);
  });

  it("that was interrupted has failed when another one begins", async () => {
    const proxy = new FakeHaproxy();
    await records(proxy).begin(contentOf("shop:1"));
    await records(proxy, "1@host", "v1").begin(contentOf("shop:2"));
    expect(outcomes(proxy)).toEqual([
      ["v1", "failed", "it was interrupted, and another one began"],
      ["v2", "running", null],
    ]);
    expect(listed(proxy)[1]).toMatchObject({ backTo: "v1" });
  });

  it("follows the newest by its number", async () => {
    const proxy = new FakeHaproxy();
    for (let release = 1; release <= 10; release++) {
      await records(proxy).begin(contentOf(`shop:${String(release)}`));
      await records(proxy).end({ result: "live" });
    }
    expect(await records(proxy).begin(contentOf("shop:11"))).toBe("v11");
  });

  it.each(["", "{", "[]", '{"image":"shop:1"}'])("is not begun by '%s'", async (content) => {
    const proxy = new FakeHaproxy();
    await expect(records(proxy).begin(content)).rejects.toThrow("the release's content is none");
    expect(listed(proxy)).toEqual([]);
  });

  it("is written by one at a time", async () => {
    const proxy = new FakeHaproxy();
    await records(proxy).begin(contentOf("shop:1"));
    proxy.locked.add("releases");
    await expect(records(proxy).switched()).rejects.toThrow(
      'proxy: another one has had its lock "releases" for 30 s',
    );
    expect(listed(proxy)).toMatchObject([{ switched: null }]);
  });

  it("that does not run is not written", async () => {
    const proxy = new FakeHaproxy();
    const all = records(proxy);
    await all.resume();
    await all.fetched("shop:1");
    await all.switched();
    await all.count();
    await all.end({ result: "failed", reason: "no" });
    expect(proxy.files).toEqual(new Map());
  });
});

describe("the counters of a release", () => {
  it("count from its begin, also in another worker", async () => {
    const proxy = new FakeHaproxy();
    proxy.counts = { requests: 5, errors: 1, cut: 0 };
    const all = records(proxy);
    await all.begin(contentOf("shop:1"));
    expect(listed(proxy)[0]?.counted).toEqual({ requests: 0, failed: 0, errors: 0 });
    proxy.counts = { requests: 9, errors: 2, cut: 1 };
    await all.count();
    expect(listed(proxy)[0]?.counted).toEqual({ requests: 4, failed: 1, errors: 1 });
    proxy.load("");
    proxy.counts = { requests: 1, errors: 0, cut: 0 };
    await all.end({ result: "live" });
    expect(listed(proxy)[0]?.counted).toEqual({ requests: 5, failed: 1, errors: 1 });
  });

  it("are none while HAProxy does not answer", async () => {
    const proxy = new FakeHaproxy();
    proxy.broken.set("admin", "connection refused");
    await records(proxy).begin(contentOf("shop:1"));
    expect(listed(proxy)[0]).toMatchObject({ counters: null });
  });
});

describe("the images of releases", () => {
  it("are prunable, and then pruned, in every record of them", async () => {
    const proxy = new FakeHaproxy();
    for (const image of ["shop:1", "shop:1", "shop:2", "shop:3"]) {
      const all = records(proxy);
      await all.begin(contentOf(image));
      await all.fetched(image);
      await all.end({ result: "live" });
    }
    const all = records(proxy);
    expect(await all.prunable(2)).toEqual(["shop:1"]);
    expect(proxy.files.get("releases/keep")).toBe("2\n");
    await all.pruned("shop:1");
    expect(await all.prunable(2)).toEqual([]);
    expect(listed(proxy).map(({ pruned }) => pruned ?? false)).toEqual([true, true, false, false]);
    expect((await all.all()).map(({ id, previous }) => [id, previous])).toEqual([
      ["v1", false],
      ["v2", false],
      ["v3", true],
      ["v4", false],
    ]);
  });

  it("are those of its services, too", async () => {
    const proxy = new FakeHaproxy();
    for (const image of ["shop:1", "shop:2", "shop:3"]) {
      const all = records(proxy);
      const web = `web-${image}`;
      await all.begin(contentOf(image, { services: { web: { image: web } } }));
      await all.fetched(web);
      await all.fetched(`web-${image}`);
      await all.end({ result: "live" });
    }
    const all = records(proxy);
    expect(await all.prunable(2)).toEqual(["web-shop:1"]);
    await all.pruned("web-shop:1");
    expect(await all.prunable(2)).toEqual([]);
    const [first] = listed(proxy);
    expect([first?.pruned, first?.serviceImages]).toEqual([undefined, []]);
  });
});
