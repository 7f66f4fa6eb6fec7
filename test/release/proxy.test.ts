import { describe, expect, it } from "vitest";
import { findProxy, StackProxy } from "#release/proxy";
import { ProxyGone } from "#release/proxy-session";
import { begun, endingAfter, world } from "../support/step-world.js";

function stack(here: ReturnType<typeof world>, converse = here.proxy.converse) {
  return new StackProxy(here.context, "proxy", converse);
}

describe("StackProxy", () => {
  it("speaks in one conversation, and closes it", async () => {
    const here = world();
    let [opened, closed] = [0, 0];
    const proxy = stack(here, () => {
      opened += 1;
      return {
        ...here.proxy.conversation(),
        close: () => {
          closed += 1;
          return Promise.resolve();
        },
      };
    });
    await proxy.run((session) => session.read("haproxy.cfg"));
    await proxy.run((session) => session.running());
    await proxy.close();
    await proxy.close();
    expect([opened, closed]).toEqual([1, 1]);
  });

  it("does once more what a proxy that ended has interrupted", async () => {
    const here = world();
    const proxy = stack(here, endingAfter(here.proxy, new ProxyGone("it ended with 137"), 1));
    const read = await proxy.run(async (session) => {
      await session.write("a", "1");
      return session.read("a");
    });
    expect([read, here.proxy.acts]).toEqual(["1", ["write a", "write a", "read a"]]);
    expect(here.context.said).toEqual([
      "proxy: it ended in the middle of this; once more when it is back",
    ]);
  });

  it("gives up at the fifth end", async () => {
    const here = world();
    const ends = endingAfter(here.proxy, new ProxyGone("it ended with 137"), 0, 0, 0, 0, 0);
    await expect(stack(here, ends).run((session) => session.running())).rejects.toThrow(
      "proxy: it ended with 137",
    );
    expect(here.context.said).toHaveLength(4);
  });

  it("does not do once more what failed by itself", async () => {
    const here = world();
    let done = 0;
    const work = () => {
      done += 1;
      return Promise.reject(new Error("no"));
    };
    await expect(stack(here).run(work)).rejects.toThrow("no");
    expect(done).toBe(1);
  });

  it("does nothing where its engine has ended, nor where there is no container", async () => {
    const here = world();
    here.context.wanted = false;
    await expect(stack(here).run((session) => session.running())).rejects.toThrow(
      "the engine has ended",
    );
    const none = new StackProxy(here.context, undefined, here.proxy.converse);
    await expect(none.run((session) => session.running())).rejects.toThrow(
      "proxy: its container is missing",
    );
    await none.record((records) => records.resume());
    expect(here.proxy.acts).toEqual([]);
  });

  it.each([
    ["there is none", "", ""],
    [
      "it can't be written",
      "read-only file system",
      "the history of releases could not be written: proxy: write releases/v1.json: it ended with 1: read-only file system",
    ],
  ])("goes on with a release whose record can't be kept: %s", async (_what, broken, said) => {
    const here = world();
    if (broken !== "") {
      begun(here.proxy);
      here.proxy.broken.set("write", broken);
    }
    await stack(here).record((records) => records.fetched("shop:1"));
    expect(here.context.said).toEqual(said === "" ? [] : [said]);
  });
});

describe("findProxy", () => {
  it("is the first that Docker lists, running or not", async () => {
    const here = world();
    here.containers.other = () => ({ stdout: "p1\np2\n" });
    expect(await findProxy(here.context.docker, "--filter label=a=b  --filter label=c=d")).toBe(
      "p1",
    );
    expect(here.context.asked).toEqual(["ps --all --quiet --filter label=a=b --filter label=c=d"]);
  });

  it("is none where Docker lists none", async () => {
    const here = world();
    here.containers.other = () => ({ stdout: "\n" });
    expect(await findProxy(here.context.docker, "")).toBeUndefined();
  });
});
