import { describe, expect, it } from "vitest";
import { giveUp } from "#release/give-up";
import { StackProxy } from "#release/proxy";
import { begun, world } from "../support/step-world.js";

type World = ReturnType<typeof world>;
const reason = "smoke test: no";

function end({ context, proxy }: World, containers: readonly string[], container = "proxy") {
  const stack = new StackProxy(context, container === "" ? undefined : container, proxy.converse);
  return giveUp(context, stack, { containers, failed: containers, reason });
}

describe("giveUp", () => {
  it("stops what no client is on, shows its log, ends the record, and hands back the reason", async () => {
    const here = world();
    begun(here.proxy);
    here.fresh.log = "a last word\n";
    expect((await end(here, ["c1"])).message).toBe(reason);
    expect(here.fresh.status).toBe("exited");
    expect(here.context.said).toEqual([
      "the last 50 log lines of new:",
      "a last word",
      "new is stopped; what served before goes on serving.",
    ]);
    expect(here.record()).toMatchObject({ result: "failed", reason });
  });

  it.each([
    [
      "the way out over a migration that has passed",
      { ran: true, backwardCompatible: false, restorePoint: "before-2-x" },
      "keelson restore --point before-2-x --stack <stack>, then keelson up with the image before",
    ],
    [
      "that the database has to be brought back where no restore point was made",
      { ran: true, backwardCompatible: false, restorePoint: null },
      "bring the database back to its state before the migration, then keelson up with the image before",
    ],
    [
      "no restore where the version before understands the schema",
      { ran: true, backwardCompatible: true, restorePoint: "before-2-x" },
      "keelson up with the image and settings before, or keelson rollback --stack <stack>",
    ],
    [
      "no restore where nothing was migrated",
      null,
      "keelson up with the image and settings before, or keelson rollback --stack <stack>",
    ],
  ])("says that nothing serves any more, and %s", async (_what, migration, way) => {
    const here = world();
    begun(here.proxy, { migration });
    here.proxy.answers.set("old", () => 503);
    expect((await end(here, ["c1"])).message).toBe(
      `${reason}. NOTHING SERVES NOW: the proxy's check of old fails: it answers with status 503. The way out: ${way}`,
    );
    expect(here.context.said.at(-1)).toBe("new is stopped.");
    expect(here.record()).toMatchObject({ result: "failed", reason });
  });

  it("leaves one alone that clients are on", async () => {
    const here = world();
    await end(here, ["c0"]);
    expect(here.old.status).toBe("running");
    expect(here.context.said.at(-1)).toBe("old stays in service: there is nothing else to go to.");
  });

  it("leaves one alone where it can't be found out what clients are on", async () => {
    const here = world();
    here.proxy.broken.set("read", "I/O error");
    await end(here, ["c1"]);
    expect(here.fresh.status).toBe("running");
    expect(here.context.said.slice(-2)).toEqual([
      "what is in service can't be found out: proxy: read haproxy.cfg: it ended with 1: I/O error",
      "new stays in service: there is nothing else to go to.",
    ]);
  });

  it("stops all of a first release, for which nothing serves yet", async () => {
    const here = world();
    await end(here, ["c1"], "");
    expect(here.context.said.at(-1)).toBe("new is stopped.");
    expect(here.proxy.acts).toEqual([]);
  });

  it("says what can't be stopped, and what is gone", async () => {
    const here = world();
    here.containers.other = (command) =>
      command.startsWith("stop ") ? { code: 1, stderr: "no permission\n" } : undefined;
    await end(here, ["c1", "c9"]);
    expect(here.context.said.slice(-2)).toEqual([
      "new could not be stopped: no permission",
      "c9 could not be stopped: no permission",
    ]);
  });

  it("goes on where the record can't be written", async () => {
    const here = world();
    here.proxy.broken.set("records", "I/O error");
    expect((await end(here, ["c1"])).message).toBe(reason);
    expect(here.context.said[0]).toBe(
      "the history of releases could not be written: proxy: records 1: it ended with 1: I/O error",
    );
    expect(here.fresh.status).toBe("exited");
  });

  it("does nothing where its engine has ended", async () => {
    const here = world();
    begun(here.proxy);
    here.context.wanted = false;
    await expect(end(here, ["c1"])).rejects.toThrow("the engine has ended");
    expect([here.fresh.status, here.record()?.["result"], here.context.asked]).toEqual([
      "running",
      "running",
      [],
    ]);
  });
});
