import { describe, expect, it } from "vitest";
import { ProxyGone } from "#release/proxy-session";
import { ready } from "#release/ready";
import { FakeContainers, type FakeContainer } from "../support/fake-containers.js";
import { ok } from "../support/fake-haproxy.js";
import { begun, endingAfter, usual, world } from "../support/step-world.js";
import { fakeContext } from "../support/step-context.js";

const asked = "http://new:3000/ready (Host: shop.com, X-Forwarded-Proto: https)";

describe("ready", () => {
  it("passes a container whose own test passes, run at once, and that answers as the public asks", async () => {
    const { proxy, context, record } = world();
    begun(proxy);
    let configuration = "";
    proxy.fetched = (_url, text) => {
      configuration = text;
      return ok("204");
    };
    await ready(context, proxy.converse);
    expect(context.asked).toEqual([
      "ps --all --quiet --filter label=dev.keelson.workload=proxy",
      "container inspect c1",
      "update --pids-limit 9 c1",
      "container inspect c1",
      "exec c1 healthy",
    ]);
    expect(configuration.split("\n").slice(0, 3)).toEqual([
      'url = "http://new:3000/ready"',
      'header = "Host: shop.com"',
      'header = "X-Forwarded-Proto: https"',
    ]);
    expect(record()).toMatchObject({ result: "running", who: "eve" });
    expect(context.said).toEqual([]);
  });

  it("does not ask one whose ready path is asked later", async () => {
    const { proxy, context } = world({ ASKS_LATER: "yes" });
    proxy.fetched = () => {
      throw new Error("it was asked");
    };
    await ready(context, proxy.converse);
    expect(context.said).toEqual([]);
  });

  it.each([
    [
      "a shell's command",
      ["CMD-SHELL", "curl -f localhost"],
      "exec c1 /bin/sh -c curl -f localhost",
    ],
    ["a command", ["CMD", "check", "--all"], "exec c1 check --all"],
  ])("runs a health test that is %s", async (_what, healthTest, expected) => {
    const { proxy, context, fresh, asked: args } = world();
    fresh.healthTest = healthTest;
    await ready(context, proxy.converse);
    expect(args("exec")).toEqual([expected]);
  });

  it("believes Docker that has found it healthy, and does not run the test again", async () => {
    const { proxy, context, fresh, asked: args } = world();
    fresh.health = "healthy";
    await ready(context, proxy.converse);
    expect(args("exec")).toEqual([]);
  });

  it("starts one that was stopped by a run that failed", async () => {
    const { proxy, context, fresh, asked: args } = world();
    fresh.status = "exited";
    await ready(context, proxy.converse);
    expect(args("start")).toEqual(["start c1"]);
  });

  it("waits for one that is slow to start, and to be ready", async () => {
    const { proxy, context, fresh } = world();
    let answers = 0;
    proxy.fetched = () => ((answers += 1) > 3 ? ok("200") : ok("503", "loading"));
    setHealthyAfter(fresh, 5);
    await ready(context, proxy.converse);
    expect(answers).toBe(4);
  });

  it("asks nobody for an answer while there is no proxy", async () => {
    const containers = new FakeContainers("");
    containers.add({ id: "c1", name: "new" });
    const context = fakeContext(usual, containers.docker);
    await ready(context, () => {
      throw new Error("there is nobody to speak with");
    });
    expect(context.said).toEqual([]);
  });

  it("begins the record of a release that failed and is tried again", async () => {
    const { proxy, context, record } = world();
    begun(proxy, { result: "failed", end: "2026-11-29T20:01:00.000Z" });
    await ready(context, proxy.converse);
    expect(record()).toMatchObject({ id: "v2", result: "running" });
  });
});

/** Its health test passes after so many failures. */
function setHealthyAfter(container: FakeContainer, failures: number): void {
  let left = failures;
  Object.defineProperty(container, "healthSays", {
    get: () => ((left -= 1) < 0 ? {} : { code: 1, stdout: "not yet\n" }),
  });
}

describe("ready, where a container does not work", () => {
  it("says what its health test says, shows its log, stops it, and ends the record", async () => {
    const { proxy, context, fresh, asked: args, record } = world();
    begun(proxy);
    fresh.healthSays = { code: 1, stdout: "cannot reach\n", stderr: "the database\n" };
    fresh.log = "one line\na last word\n";
    const reason =
      "health: the container is running/starting after 30 s, not healthy; its health test ended with 1: the database";
    await expect(ready(context, proxy.converse)).rejects.toThrow(reason);
    expect(record()).toMatchObject({ result: "failed", reason });
    expect(args("stop")).toEqual(["stop c1"]);
    expect(context.said).toEqual([
      "the last 50 log lines of new:",
      "one line",
      "a last word",
      "new is stopped; what served before goes on serving.",
    ]);
  });

  it("ends a crash loop at the third exit, with its code", async () => {
    const { proxy, context, containers, fresh } = world();
    fresh.healthSays = { code: 1 };
    containers.looked = (container, look) => {
      // The first two looks are those before it is waited for.
      if (container !== fresh || look <= 2) return;
      fresh.restarts = look - 2;
      fresh.status = "restarting";
      fresh.exitCode = 3;
    };
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      "health: the container has ended 3 times while it starts, the last time with 3",
    );
    expect(context.now()).toBeLessThan(1000);
  });

  it("names the exit code that was seen, not the 0 of a container that Docker has started again", async () => {
    const { proxy, context, containers, fresh } = world();
    fresh.healthSays = { code: 1 };
    containers.looked = (container, look) => {
      if (container !== fresh || look <= 2) return;
      const down = { status: "restarting", exitCode: 3 };
      Object.assign(fresh, look === 3 ? down : { status: "running", exitCode: 0 });
      fresh.restarts = look - 2;
    };
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      "health: the container has ended 3 times while it starts, the last time with 3",
    );
  });

  it("names memory where the kernel ended it", async () => {
    const { proxy, context, containers, fresh } = world();
    containers.looked = (container, look) => {
      if (container !== fresh || look <= 1) return;
      Object.assign(fresh, {
        restarts: 3,
        status: "restarting",
        exitCode: 137,
        killedForMemory: true,
      });
    };
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      "the last time with 137, killed for memory (app.memory)",
    );
  });

  it("does not count restarts of before", async () => {
    const { proxy, context, fresh } = world();
    fresh.restarts = 7;
    await ready(context, proxy.converse);
    expect(context.said).toEqual([]);
  });

  it("says that it is gone", async () => {
    const { proxy, context, containers, fresh } = world();
    containers.looked = (container, look) => {
      if (container === fresh && look > 1) containers.remove("c1");
    };
    await expect(ready(context, proxy.converse)).rejects.toThrow("health: the container is gone");
  });

  it("asks one without a health test from outside alone, and ends its crash loop", async () => {
    const { proxy, context, containers, fresh, asked: args } = world();
    Object.assign(fresh, { healthTest: ["NONE"], health: undefined });
    await ready(context, proxy.converse);
    expect(args("exec")).toEqual([]);
    containers.looked = (container) => {
      if (container === fresh) Object.assign(fresh, { restarts: fresh.restarts + 1, exitCode: 2 });
    };
    proxy.fetched = () => ({ code: 7, text: "curl: (7) Connection refused" });
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      `health: the container has ended 3 times while it starts; ${asked} is not answered: Connection refused`,
    );
    expect(context.now()).toBeLessThan(1000);
  });

  it("limits one that crashes as soon as it runs again, and says how it ended", async () => {
    const { proxy, context, containers, fresh, asked: args } = world();
    Object.assign(fresh, { status: "restarting", exitCode: 3 });
    const down = "Cannot update container c1: Container c1 is restarting";
    containers.other = (line) =>
      line.startsWith("update ") && fresh.status === "restarting"
        ? { code: 1, stderr: down }
        : undefined;
    containers.looked = (container, look) => {
      if (container === fresh && look === 4) fresh.status = "running";
    };
    await ready(context, proxy.converse);
    expect(args("update", "start")).toHaveLength(2);
    fresh.status = "restarting";
    containers.looked = () => undefined;
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      "health: the container is restarting/starting after 30 s, not healthy; it ended with 3",
    );
  });

  it("names the URL that its test asks, and the settings where the image has no program for it", async () => {
    const { proxy, context, fresh } = world();
    fresh.healthTest = ["CMD-SHELL", "wget 'http://127.0.0.1:3000/health'"];
    fresh.healthSays = { code: 127, stderr: "sh: wget: not found\n" };
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      "; its health test of http://127.0.0.1:3000/health ended with 127: sh: wget: not found; where the image has no such program, name one in app.health.command, or set app.health.test to image or outside",
    );
  });

  it("says that it listens on loopback where only its own test passes", async () => {
    const { proxy, context } = world();
    proxy.fetched = () => ({ code: 7, text: "curl: (7) Failed to connect to new port 3000" });
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      ". It listens on the loopback address alone, where only its own container reaches it",
    );
  });

  it("takes the statuses that the settings name, and no others", async () => {
    const { proxy, context } = world({ READY_STATUSES: "301 401" });
    proxy.fetched = () => ok("401");
    await ready(context, proxy.converse);
    proxy.fetched = () => ok("200");
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      `ready: after 30 s ${asked} answers 200, not 301 or 401`,
    );
  });

  it.each([
    ["200", "", "", undefined],
    ["204", "", "", undefined],
    ["299", "", "", undefined],
    ["301", "", "https://shop.com/ready", "answers 301 to https://shop.com/ready, not 2xx"],
    ["404", "Not\tFound\n", "", "answers 404 (Not Found), not 2xx"],
    ["503", '{"database":"down"}', "", 'answers 503 ({"database":"down"}), not 2xx'],
  ])("takes %s at the ready path for what it is", async (status, body, location, problem) => {
    const { proxy, context } = world();
    proxy.fetched = () => ok(status, body, location);
    const went = ready(context, proxy.converse);
    if (problem === undefined) await expect(went).resolves.toBeUndefined();
    else await expect(went).rejects.toThrow(`ready: after 30 s ${asked} ${problem}`);
  });

  it("says why its ready path is not answered", async () => {
    const { proxy, context } = world();
    const text = "curl: (7) Failed to connect to new port 3000: Connection refused";
    proxy.fetched = () => ({ code: 7, text });
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      `ready: after 30 s ${asked} is not answered: Failed to connect to new port 3000: Connection refused`,
    );
  });

  it("stops all that was started, and shows the log of the one that failed", async () => {
    const { proxy, context, containers, asked: args } = world({ CONTAINERS: "c1 c2" });
    containers.add({ id: "c2", name: "new-2", healthSays: { code: 1 }, log: "a last word\n" });
    await expect(ready(context, proxy.converse)).rejects.toThrow("running/starting after 30 s");
    expect(args("stop")).toEqual(["stop c1", "stop c2"]);
    expect(context.said).toEqual([
      "the last 50 log lines of new-2:",
      "a last word",
      "new is stopped; what served before goes on serving.",
      "new-2 is stopped; what served before goes on serving.",
    ]);
  });

  it.each([
    ["limited", "update", "c1: its process limit can't be set: no such cgroup"],
    ["started", "start", "c1: it does not start: no such cgroup"],
  ])("fails at once where it can't be %s", async (_what, verb, message) => {
    const { proxy, context, containers, fresh } = world();
    if (verb === "start") fresh.status = "exited";
    containers.other = (command) =>
      command.startsWith(`${verb} `) ? { code: 1, stderr: "no such cgroup\n" } : undefined;
    await expect(ready(context, proxy.converse)).rejects.toThrow(message);
  });
});

describe("ready, where the proxy or the engine ends", () => {
  it("asks a proxy that was restarting once more when it is back", async () => {
    const { proxy, context, containers, fresh } = world();
    fresh.health = "healthy";
    containers.looked = (container, look) => {
      if (container.id === "proxy") container.health = look < 3 ? "starting" : "healthy";
    };
    const ends = endingAfter(proxy, new ProxyGone("it ended with 137"), 0, 0);
    await ready(context, ends);
    expect(context.said).toEqual([
      "proxy: it ended in the middle of this; once more when it is back",
      "proxy: it ended in the middle of this; once more when it is back",
    ]);
    expect(context.asked).toContain("container inspect proxy");
  });

  it("starts a proxy that was stopped", async () => {
    const { proxy, context, containers, fresh, asked: args } = world();
    fresh.health = "healthy";
    containers.looked = (container, look) => {
      if (container.id === "proxy" && look === 1) container.status = "exited";
    };
    await ready(context, endingAfter(proxy, new ProxyGone("gone"), 0));
    expect(args("start")).toEqual(["start proxy"]);
  });

  it("fails where the proxy does not come back", async () => {
    const { proxy, context, containers, fresh } = world();
    fresh.health = "healthy";
    containers.looked = (container) => {
      if (container.id !== "proxy") return;
      Object.assign(container, { health: "unhealthy", healthSays: { code: 1 } });
    };
    const ends = endingAfter(proxy, new ProxyGone("it ended with 137"), 0, 0, 0, 0, 0, 0, 0, 0);
    await expect(ready(context, ends)).rejects.toThrow(
      "proxy: it is running/unhealthy, not healthy; its health test ended with 1: it ended with 137",
    );
  });

  it("is left to the next run where its engine has ended, and stops nothing", async () => {
    const { proxy, context, fresh, asked: args, record } = world();
    begun(proxy);
    fresh.healthSays = { code: 1 };
    const wait = context.wait;
    let waited = 0;
    Object.assign(context, {
      wait: (milliseconds: number) => {
        if ((waited += 1) === 3) context.wanted = false;
        return wait(milliseconds);
      },
    });
    await expect(ready(context, proxy.converse)).rejects.toThrow(
      "the engine has ended: this step is left to the next run",
    );
    expect(args("stop", "logs")).toEqual([]);
    expect(record()).toMatchObject({ result: "running" });
  });
});
